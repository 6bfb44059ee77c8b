#include "elbow/inference/estimators/doubly_reparameterised.h"

#include <ATen/TensorOperators.h>

#include <stdexcept>

#include "elbow/inference/objectives/term_sums.h"
#include "surrogate.h"

namespace elbow {
namespace {

/// What multiplies d log w_k / d z_k, [K, B].
Tensor path_coefficients(const GuideUpdate& update, const Tensor& log_weights) {
  if (update.score != nullptr) return update.score->coefficients(log_weights).second;
  const auto derivatives = update.bound->derivatives(log_weights);
  if (!derivatives) throw std::logic_error("the bound has no derivatives in its log-weights");
  return derivatives->first - derivatives->second;
}

}  // namespace

ComponentInfo DoublyReparameterised::info() {
  EstimatorTraits traits;
  traits.needs_rsample = true;
  traits.differentiates_coefficients = true;
  traits.scores_draws_again = true;
  traits.from_draws = true;
  traits.has_two_losses = true;
  traits.refuses_strata = true;
  traits.latents = EstimatorLatents::continuous;
  return ComponentInfo::of(
             "doubly_reparameterised",
             "Reparameterises the score term too: the guide's signal does not drown as K grows")
      .source(
          "Tucker, Lawson, Gu, Maddison, Doubly reparameterized gradient estimators, 2018, "
          "arXiv:1810.04152, sections 4 to 6; Bauer, Mnih, 2021, arXiv:2101.11046")
      .with(traits);
}

Surrogate DoublyReparameterised::estimate(const Objective& objective, Proposals& proposals) {
  const Trace guide = proposals.propose_with_frozen_density(objective.num_particles());
  const Trace model = proposals.score(guide);
  // Of an average there is nothing to reparameterise twice.
  if (objective.particle_mean() != nullptr)
    return surrogate_of(objective, model, guide, proposals.source());
  const Tensor log_weights = objective.log_weights(model, guide);
  Surrogate out;
  out.terms = terms_with(objective, model, guide, objective.reduce(log_weights));
  out.loss = minus_mean(objective.model_bound().reduce(log_weights));
  const Tensor coefficients = path_coefficients(objective.guide_update(), log_weights.detach());
  out.guide_loss = -(coefficients * log_weights).sum(0).mean();
  add_sleep(out, objective, proposals, log_weights.size(1));
  return out;
}

}  // namespace elbow
