#include "elbow/estimators/pathwise.h"

#include <ATen/TensorOperators.h>

#include "surrogate.h"

namespace elbow {
namespace {

Surrogate surrogate_of_the_largest(const Objective& objective, Proposals& proposals) {
  const auto largest = [&objective](const Trace& model, const Trace& guide) {
    return objective.log_weights(model, guide).argmax(/*dim=*/0);
  };
  const Proposals::Choice drawn = proposals.propose_one_of(objective.num_particles(), largest);
  const Tensor bound = objective.log_weights(drawn.model, drawn.guide).squeeze(0);
  Surrogate out;
  out.terms = terms_with(objective, drawn.all_model, drawn.all_guide, bound);
  out.loss = -bound.mean();
  return out;
}

}  // namespace

ComponentInfo Pathwise::info() {
  EstimatorTraits traits;
  traits.needs_rsample = true;
  traits.needs_draws = false;
  traits.latents = EstimatorLatents::continuous;
  return ComponentInfo::of("pathwise",
                           "Reparameterisation gradient: differentiates through the draw")
      .source(
          "Kingma, Welling, 2014, arXiv:1312.6114, section 2.4; Rezende, Mohamed, Wierstra, 2014, "
          "arXiv:1401.4082")
      .with(traits);
}

Surrogate Pathwise::estimate(const Objective& objective, Proposals& proposals) {
  if (objective.selects_particle()) return surrogate_of_the_largest(objective, proposals);
  const Trace guide = proposals.propose(objective.num_particles());
  return surrogate_of(objective, proposals.score(guide), guide);
}

}  // namespace elbow
