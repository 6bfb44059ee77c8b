#include "elbow/estimators/sticking_the_landing.h"

#include "surrogate.h"

namespace elbow {

ComponentInfo StickingTheLanding::info() {
  ComponentInfo info;
  info.name = "sticking_the_landing";
  info.summary =
      "Reparameterisation gradient through the draw alone: no noise at the exact posterior";
  info.paper = "Roeder, Wu, Duvenaud, Sticking the landing, 2017, arXiv:1703.09194, equation 8";
  info.properties = {{"needs_rsample", true},
                     {"scores_draws_again", true},
                     {"from_draws", true},
                     {"latents", "continuous"}};
  return info;
}

Surrogate StickingTheLanding::estimate(const Objective& objective, Proposals& proposals) {
  const Trace guide = proposals.propose_cut(objective.num_particles());
  return surrogate_of(objective, proposals.score(guide), guide);
}

}  // namespace elbow
