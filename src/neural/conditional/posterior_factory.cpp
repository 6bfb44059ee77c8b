#include "elbow/neural/conditional/family.h"
#include "network_parameter.h"
#include "normal_families.h"
#include "one_hot_family.h"
#include "product_family.h"

namespace elbow {
namespace {

using PosteriorFactory = Factory<FamilyPtr, const BuildContext&>;

PosteriorFactory::Row with_network(PosteriorFactory::Row row) {
  row.info.parameters.insert(
      row.info.parameters.begin(),
      network_parameter("encoder, from an observation to the family's numbers; a target has none"));
  row.info.parameters.push_back(Parameter::component("relaxation",
                                                     "relaxation",
                                                     "how a discrete latent is drawn in training, "
                                                     "so that gradients flow through the draw")
                                    .optional());
  return row;
}

std::vector<PosteriorFactory::Row> rows() {
  std::vector<PosteriorFactory::Row> out{PosteriorFactory::row<DiagNormalFamily>(),
                                         PosteriorFactory::row<FullRankNormalFamily>(),
                                         PosteriorFactory::row<LowRankNormalFamily>(),
                                         PosteriorFactory::row<MixtureNormalFamily>()};
  for (const auto& product : ProductFamily::rows())
    out.push_back(PosteriorFactory::row<ProductFamily>(product));
  out.push_back(PosteriorFactory::row<OneHotFamily>());
  return out;
}

}  // namespace

PosteriorFactory& posterior_factory() {
  static PosteriorFactory factory("posterior", rows(), with_network);
  return factory;
}

}  // namespace elbow
