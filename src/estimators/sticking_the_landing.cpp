#include "elbow/estimators/sticking_the_landing.h"

#include <ATen/TensorOperators.h>

namespace elbow {

ComponentInfo StickingTheLanding::info() {
  ComponentInfo info;
  info.name = "sticking_the_landing";
  info.summary =
      "Reparameterisation gradient through the draw alone: no noise at the exact posterior";
  info.paper = "Roeder, Wu, Duvenaud, Sticking the landing, 2017, arXiv:1703.09194, equation 8";
  info.properties = {{"needs_rsample", true}, {"scores_draws_again", true}};
  return info;
}

Surrogate StickingTheLanding::surrogate_loss(const Objective& objective,
                                             const Trace& model,
                                             const Trace& guide) const {
  Trace cut;
  for (const Site& site : guide.sites())
    cut.add(
        Site(site.name(), site.dist().detach(), site.value(), site.is_observed(), site.scope()));
  if (guide.has_particle_weights()) cut.set_log_particle_weights(guide.log_particle_weights());
  Surrogate out;
  out.terms = objective.terms(model, cut);
  out.loss = -out.terms.bound.mean();
  return out;
}

}  // namespace elbow
