#include "elbow/guides/amortised_guide.h"

#include <cmath>

namespace elbow {
namespace {

/// One draw from each component, K times: the M K particles carry the components' weights. Values
/// come as [M, K, B, L]; particle m K + k is draw k of component m.
Site propose_by_strata(const DistributionPtr& dist,
                       std::int64_t num_particles,
                       RandomSource& source,
                       Tensor& log_weights) {
  const StratifiedDraw draw = *dist->stratified_rsample({num_particles}, source);
  const double log_count = std::log(static_cast<double>(num_particles));
  log_weights = (draw.log_weights - log_count).repeat_interleave(num_particles, /*dim=*/0);
  Site site("z", dist, draw.values.flatten(0, 1), /*is_observed=*/false);
  site.set_log_prob(draw.log_prob.flatten(0, 1));
  return site;
}

}  // namespace

AmortisedGuide::AmortisedGuide(ConditionalDistributionPtr posterior)
    : posterior_(register_module("posterior", std::move(posterior))) {}

Trace AmortisedGuide::propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) {
  const auto dist = posterior_->forward(x);
  Trace trace;
  if (!dist->has_rsample()) {
    Tensor log_weights;
    trace.add(propose_by_strata(dist, num_particles, source, log_weights));
    trace.set_log_particle_weights(std::move(log_weights));
    return trace;
  }
  if (dist->scores_any_value()) {
    trace.add(Site("z", dist, dist->rsample({num_particles}, source), /*is_observed=*/false));
    return trace;
  }
  // Without an inverse the density is known at the draw only.
  auto [z, log_q] = dist->rsample_and_log_prob({num_particles}, source);
  Site site("z", dist, std::move(z), /*is_observed=*/false);
  site.set_log_prob(std::move(log_q));
  trace.add(std::move(site));
  return trace;
}

Trace AmortisedGuide::score(const Tensor& x, const Tensor& z) {
  Trace trace;
  trace.add(Site("z", posterior_->forward(x), z, /*is_observed=*/false));
  return trace;
}

}  // namespace elbow
