#include "elbow/guides/amortised_guide.h"

#include <cmath>

#include "elbow/conditional/posterior.h"

namespace elbow {
namespace {

/// One draw from each component, K times: the M K particles carry the components' weights. Values
/// come as [M, K, B, L]; particle m K + k is draw k of component m.
Trace propose_by_strata(const DistributionPtr& q,
                        std::int64_t num_particles,
                        RandomSource& source) {
  const StratifiedDraw draw = *q->stratified_rsample({num_particles}, source);
  Site site("z", q, draw.values.flatten(0, 1), /*is_observed=*/false);
  site.set_log_prob(draw.log_prob.flatten(0, 1));
  Trace trace;
  trace.add(std::move(site));
  const double log_count = std::log(static_cast<double>(num_particles));
  trace.set_log_particle_weights(
      (draw.log_weights - log_count).repeat_interleave(num_particles, /*dim=*/0));
  return trace;
}

Trace draw_from(const DistributionPtr& q, std::int64_t num_particles, RandomSource& source) {
  Trace trace;
  trace.add(Site("z", q, q->sample({num_particles}, source).detach(), /*is_observed=*/false));
  return trace;
}

}  // namespace

Trace propose_from(const DistributionPtr& q, std::int64_t num_particles, RandomSource& source) {
  if (q->is_discrete()) return draw_from(q, num_particles, source);
  if (!q->has_rsample()) return propose_by_strata(q, num_particles, source);
  Trace trace;
  if (!q->knows_density_of_draws()) {
    // Scored when asked: a closed-form KL never does.
    trace.add(Site("z", q, q->rsample({num_particles}, source), /*is_observed=*/false));
    return trace;
  }
  auto [z, log_q] = q->rsample_and_log_prob({num_particles}, source);
  Site site("z", q, std::move(z), /*is_observed=*/false);
  site.set_log_prob(std::move(log_q));
  trace.add(std::move(site));
  return trace;
}

AmortisedGuide::AmortisedGuide(ConditionalDistributionPtr posterior)
    : posterior_(register_module("posterior", std::move(posterior))) {}

Posterior* AmortisedGuide::posterior_module() { return dynamic_cast<Posterior*>(posterior_.get()); }

Trace AmortisedGuide::propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) {
  return propose_from(posterior_->forward(x), num_particles, source);
}

Trace AmortisedGuide::draw(const Tensor& x, std::int64_t num_particles, RandomSource& source) {
  return draw_from(posterior_->forward(x), num_particles, source);
}

Trace AmortisedGuide::score(const Tensor& x, const Tensor& z) {
  Trace trace;
  trace.add(Site("z", posterior_->forward(x), z, /*is_observed=*/false));
  return trace;
}

}  // namespace elbow
