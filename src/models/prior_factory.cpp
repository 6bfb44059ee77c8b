#include "elbow/models/prior.h"
#include "elbow/models/standard_normal_prior.h"

namespace elbow {

const Factory<PriorPtr, const PriorShapes&>& prior_factory() {
  static const Factory<PriorPtr, const PriorShapes&> factory(
      "prior", {{StandardNormalPrior::info(), [](const ConfigNode&, const PriorShapes& shapes) {
                   return std::make_shared<StandardNormalPrior>(shapes.latent_size);
                 }}});
  return factory;
}

}  // namespace elbow
