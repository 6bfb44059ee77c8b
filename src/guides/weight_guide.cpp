#include "elbow/guides/weight_guide.h"

#include "elbow/flows/transformed_distribution.h"

namespace elbow {

WeightGuide::WeightGuide(FamilyPtr family, std::shared_ptr<FlowStack> flows, const Tensor& start)
    : family_(std::move(family)),
      flows_(std::move(flows)),
      learned_(register_parameter("parameters", start)) {
  if (flows_) register_module("flows", flows_);
}

DistributionPtr WeightGuide::posterior(const Tensor&) {
  const DistributionPtr base = family_->distribution(learned_);
  if (!flows_) return base;
  return std::make_shared<TransformedDistribution>(base, flows_->forward(Tensor()));
}

Trace WeightGuide::propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) {
  const DistributionPtr q = posterior(x);
  Trace trace;
  if (!q->knows_density_of_draws()) {
    // Scored when asked: a closed-form KL never does.
    trace.add(Site("weights",
                   q,
                   q->rsample({num_particles}, source),
                   /*is_observed=*/false,
                   Scope::global));
    return trace;
  }
  auto [weights, log_q] = q->rsample_and_log_prob({num_particles}, source);
  Site site("weights", q, std::move(weights), /*is_observed=*/false, Scope::global);
  site.set_log_prob(std::move(log_q));
  trace.add(std::move(site));
  return trace;
}

Trace WeightGuide::score(const Tensor& x, const Tensor& z) {
  Trace trace;
  trace.add(Site("weights", posterior(x), z, /*is_observed=*/false, Scope::global));
  return trace;
}

}  // namespace elbow
