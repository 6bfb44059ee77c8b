#include "elbow/inference/estimators/pathwise.h"

#include "elbow/inference/objectives/term_sums.h"
#include "surrogate.h"

namespace elbow {
namespace {

Surrogate surrogate_of_one(const Objective& objective,
                           const ParticleSelection& selection,
                           Proposals& proposals) {
  const auto selected = [&](const Trace& model, const Trace& guide) {
    return selection.select(objective.log_weights(model, guide));
  };
  const Proposals::Choice drawn = proposals.propose_one_of(objective.num_particles(), selected);
  const Tensor bound = objective.log_weights(drawn.model, drawn.guide).squeeze(0);
  Surrogate out;
  out.terms = terms_with(objective, drawn.all_model, drawn.all_guide, bound);
  out.loss = minus_mean(bound);
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
  if (const ParticleSelection* selection = objective.particle_selection())
    return surrogate_of_one(objective, *selection, proposals);
  const Trace guide = proposals.propose(objective.num_particles());
  return surrogate_of(objective, proposals.score(guide), guide, proposals.source());
}

}  // namespace elbow
