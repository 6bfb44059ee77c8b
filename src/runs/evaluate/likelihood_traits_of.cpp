#include "elbow/runs/evaluate/likelihood_traits_of.h"

#include "elbow/neural/conditional/conditional_distribution.h"

namespace elbow {

const LikelihoodTraits* likelihood_traits_of(const ConfigNode& experiment) {
  const ConfigNode model = experiment.child("model");
  if (!model.has("likelihood")) return nullptr;
  const auto* row = likelihood_factory().find(model.child("likelihood").type());
  return row == nullptr ? nullptr : row->info.find_traits<LikelihoodTraits>();
}

}  // namespace elbow
