#include "elbow/guides/amortised_guide.h"

namespace elbow {

AmortisedGuide::AmortisedGuide(ConditionalDistributionPtr posterior)
    : posterior_(register_module("posterior", std::move(posterior))) {}

Trace AmortisedGuide::propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) {
  const auto dist = posterior_->forward(x);
  Trace trace;
  trace.add(Site("z", dist, dist->rsample({num_particles}, source), /*is_observed=*/false));
  return trace;
}

Trace AmortisedGuide::score(const Tensor& x, const Tensor& z) {
  Trace trace;
  trace.add(Site("z", posterior_->forward(x), z, /*is_observed=*/false));
  return trace;
}

}  // namespace elbow
