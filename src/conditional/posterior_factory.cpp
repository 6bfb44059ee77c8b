#include "elbow/conditional/family.h"
#include "network_parameter.h"
#include "normal_families.h"
#include "one_hot_family.h"
#include "product_family.h"

namespace elbow {
namespace {

using PosteriorFactory = Factory<FamilyPtr, const FamilyShapes&>;

ComponentInfo with_network(ComponentInfo info) {
  info.parameters.insert(
      info.parameters.begin(),
      network_parameter("encoder, from an observation to the family's numbers; a target has none"));
  return info;
}

template <class Component>
PosteriorFactory::Row row() {
  return {with_network(Component::info()),
          [](const ConfigNode& node, const FamilyShapes& shapes) -> FamilyPtr {
            return std::make_shared<Component>(node, shapes);
          }};
}

PosteriorFactory::Row row(const ProductRow& product) {
  return {with_network(ProductFamily::info(product)),
          [&product](const ConfigNode& node, const FamilyShapes& shapes) -> FamilyPtr {
            return std::make_shared<ProductFamily>(product, node, shapes);
          }};
}

std::vector<PosteriorFactory::Row> rows() {
  std::vector<PosteriorFactory::Row> out{row<DiagNormalFamily>(),
                                         row<FullRankNormalFamily>(),
                                         row<LowRankNormalFamily>(),
                                         row<MixtureNormalFamily>()};
  for (const auto& product : ProductFamily::rows()) out.push_back(row(product));
  out.push_back(row<OneHotFamily>());
  return out;
}

}  // namespace

const PosteriorFactory& posterior_factory() {
  static const PosteriorFactory factory("posterior", rows());
  return factory;
}

}  // namespace elbow
