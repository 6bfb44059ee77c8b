#include "surrogate.h"
#include "elbow/inference/objectives/term_sums.h"

#include <ATen/TensorOperators.h>

#include <stdexcept>

namespace elbow {

Tensor log_masses_of(const Trace& guide) {
  return guide.has_particle_weights() ? guide.log_particle_weights() : Tensor();
}

Surrogate surrogate_of(const Objective& objective,
                       const Trace& model,
                       const Trace& guide,
                       RandomSource& source) {
  Surrogate out;
  out.terms = objective.terms(model, guide, &source);
  if (objective.has_one_bound()) {
    out.loss = minus_mean(out.terms.bound);
    return out;
  }
  const Tensor log_weights = objective.log_weights(model, guide), masses = log_masses_of(guide);
  const GuideUpdate update = objective.guide_update();
  if (update.bound == nullptr)
    throw std::logic_error("the guide follows coefficients of its score, no bound of its draws");
  out.loss = minus_mean(objective.model_bound().reduce(log_weights, masses));
  out.guide_loss = minus_mean(update.bound->reduce(log_weights, masses));
  return out;
}

BoundTerms terms_with(const Objective& objective,
                      const Trace& model,
                      const Trace& guide,
                      const Tensor& bound) {
  BoundTerms out = objective.parts(model, guide);
  out.bound = bound;
  return out;
}

void add_sleep(Surrogate& surrogate,
               const Objective& objective,
               Proposals& proposals,
               std::int64_t num_draws) {
  const double weight = objective.guide_update().sleep_weight;
  if (weight == 0.0) return;
  surrogate.guide_loss = surrogate.guide_loss - proposals.sleep_log_prob(num_draws) * weight;
}

}  // namespace elbow
