#include "elbow/families/family_factory.h"

#include "elbow/families/beta.h"
#include "elbow/families/categorical.h"
#include "elbow/families/dirichlet.h"
#include "elbow/families/gamma.h"
#include "elbow/families/normal.h"
#include "elbow/families/normal_gamma.h"
#include "elbow/families/normal_wishart.h"
#include "elbow/families/wishart.h"

namespace elbow {

namespace {

template <class Family>
FamilyFactory::Row sized_row(const char* name, const char* summary, const char* size, int minimum) {
  ComponentInfo info;
  info.name = name;
  info.summary = summary;
  info.parameters = {Parameter::integer("size", size).defaults(minimum).at_least(minimum)};
  return {info, [](const ConfigNode& node) {
            return std::make_shared<const Family>(node.integer("size"));
          }};
}

template <class Family>
FamilyFactory::Row row(const char* name, const char* summary) {
  ComponentInfo info;
  info.name = name;
  info.summary = summary;
  return {info, [](const ConfigNode&) { return std::make_shared<const Family>(); }};
}

}  // namespace

const FamilyFactory& family_factory() {
  static const FamilyFactory factory(
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
