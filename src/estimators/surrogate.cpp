#include "surrogate.h"

#include <ATen/TensorOperators.h>

namespace elbow {

Tensor log_masses_of(const Trace& guide) {
  return guide.has_particle_weights() ? guide.log_particle_weights() : Tensor();
}

Surrogate surrogate_of(const Objective& objective, const Trace& model, const Trace& guide) {
  Surrogate out;
  out.terms = objective.terms(model, guide);
  const bool is_one = &objective.for_model() == &objective && &objective.for_guide() == &objective;
  if (is_one) {
    out.loss = -out.terms.bound.mean();
    return out;
  }
  const Tensor log_weights = objective.log_weights(model, guide), masses = log_masses_of(guide);
  out.loss = -objective.for_model().reduce(log_weights, masses).mean();
  out.guide_loss = -objective.for_guide().reduce(log_weights, masses).mean();
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
  const double weight = objective.sleep_weight();
  if (weight == 0.0) return;
  surrogate.guide_loss = surrogate.guide_loss - proposals.sleep_log_prob(num_draws) * weight;
}

}  // namespace elbow
