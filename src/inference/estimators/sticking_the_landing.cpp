#include "elbow/inference/estimators/sticking_the_landing.h"

#include "surrogate.h"

namespace elbow {

ComponentInfo StickingTheLanding::info() {
  EstimatorTraits traits;
  traits.needs_rsample = true;
  traits.scores_draws_again = true;
  traits.from_draws = true;
  traits.latents = EstimatorLatents::continuous;
  return ComponentInfo::of(
             "sticking_the_landing",
             "Reparameterisation gradient through the draw alone: no noise at the exact posterior")
      .source("Roeder, Wu, Duvenaud, Sticking the landing, 2017, arXiv:1703.09194, equation 8")
      .with(traits);
}

Surrogate StickingTheLanding::estimate(const Objective& objective, Proposals& proposals) {
  const Trace guide = proposals.propose_with_frozen_density(objective.num_particles());
  return surrogate_of(objective, proposals.score(guide), guide, proposals.source());
}

}  // namespace elbow
