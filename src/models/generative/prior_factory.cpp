#include "elbow/models/generative/family_prior.h"
#include "elbow/models/generative/flow_prior.h"
#include "elbow/models/generative/prior.h"
#include "elbow/models/generative/standard_normal_prior.h"
#include "elbow/models/generative/uniform_sphere_prior.h"
#include "elbow/models/generative/vamp_prior.h"

namespace elbow {
namespace {

using PriorFactory = Factory<PriorPtr, const BuildContext&>;

/// Whatever a guide can be, a prior can be: one row for each family.
PriorFactory::Row learned(const Factory<FamilyPtr, const BuildContext&>::Row& family) {
  return {
      FamilyPrior::info(family.info),
      [create = family.create](const ConfigNode& node, const BuildContext& context) -> PriorPtr {
        return std::make_shared<FamilyPrior>(create(node, context), node.boolean("learned"));
      }};
}

std::vector<PriorFactory::Row> rows() {
  std::vector<PriorFactory::Row> out{PriorFactory::row<StandardNormalPrior>(),
                                     PriorFactory::row<FlowPrior>(),
                                     PriorFactory::row<VampPrior>(),
                                     PriorFactory::row<UniformSpherePrior>()};
  for (const auto& family : posterior_factory().rows()) out.push_back(learned(family));
  return out;
}

}  // namespace

PriorFactory& prior_factory() {
  static PriorFactory factory("prior", rows());
  return factory;
}

}  // namespace elbow
