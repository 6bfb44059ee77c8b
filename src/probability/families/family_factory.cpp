#include "elbow/probability/families/family_factory.h"

#include "elbow/probability/families/beta.h"
#include "elbow/probability/families/categorical.h"
#include "elbow/probability/families/dirichlet.h"
#include "elbow/probability/families/gamma.h"
#include "elbow/probability/families/normal.h"
#include "elbow/probability/families/normal_gamma.h"
#include "elbow/probability/families/normal_wishart.h"
#include "elbow/probability/families/wishart.h"

namespace elbow {

namespace {

template <class Family>
FamilyFactory::Row sized_row(const char* name, const char* summary, const char* size, int minimum) {
  return {
      ComponentInfo::of(name, summary)
          .takes({Parameter::integer("size", size).defaults(minimum).at_least(minimum)}),
      [](const ConfigNode& node) { return std::make_shared<const Family>(node.integer("size")); }};
}

template <class Family>
FamilyFactory::Row row(const char* name, const char* summary) {
  return {ComponentInfo::of(name, summary),
          [](const ConfigNode&) { return std::make_shared<const Family>(); }};
}

}  // namespace

FamilyFactory& family_factory() {
  static FamilyFactory factory(
      "exponential_family",
      {sized_row<NormalFamily>(
           "normal", "A mean whose noise is known, full precision", "features", 1),
       sized_row<NormalGammaFamily>(
           "normal_gamma", "Coefficients and the precision of their noise", "features", 1),
       sized_row<NormalWishartFamily>(
           "normal_wishart", "A mean and the precision matrix of its noise", "features", 1),
       row<GammaFamily>("gamma", "A rate or a precision"),
       sized_row<DirichletFamily>("dirichlet", "Proportions", "proportions", 2),
       row<BetaFamily>("beta", "A probability"),
       sized_row<CategoricalFamily>("categorical", "One of several classes", "classes", 2),
       sized_row<WishartFamily>("wishart", "A precision matrix", "rows of the matrix", 1)});
  return factory;
}

}  // namespace elbow
