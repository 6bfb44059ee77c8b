#include "elbow/guides/weight_guide.h"

#include <ATen/ops/empty.h>

#include <cmath>

#include "elbow/flows/transformed_distribution.h"

namespace elbow {
namespace {

Site shared_site(const DistributionPtr& q, Tensor weights, const Tensor& x) {
  Site out("weights", q, std::move(weights), /*is_observed=*/false, Scope::global);
  out.set_repeats(x.size(0));
  return out;
}

}  // namespace

WeightGuide::WeightGuide(FamilyPtr family, std::shared_ptr<FlowStack> flows, const Tensor& start)
    : family_(std::move(family)),
      flows_(std::move(flows)),
      learned_(register_parameter("parameters", start)) {
  if (!flows_) return;
  register_module("flows", flows_);
  if (flows_->context_size() == 0) return;
  const double bound =
      1.0 / std::sqrt(static_cast<double>(family_->distribution(learned_)->event_shape().back()));
  context_ = register_parameter(
      "context",
      at::empty({start.size(0), flows_->context_size()}, start.options()).uniform_(-bound, bound));
}

DistributionPtr WeightGuide::posterior(const Tensor&) {
  const DistributionPtr base = family_->distribution(learned_);
  if (!flows_) return base;
  return std::make_shared<TransformedDistribution>(base, flows_->forward(context_));
}

Trace WeightGuide::propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) {
  const DistributionPtr q = posterior(x);
  RandomSource& shared = source.shared();
  Trace trace;
  if (!q->traits().knows_density_of_draws) {
    // Scored when asked: a closed-form KL never does.
    trace.add(shared_site(q, q->rsample({num_particles}, shared), x));
    return trace;
  }
  auto [weights, log_q] = q->rsample_and_log_prob({num_particles}, shared);
  Site site = shared_site(q, std::move(weights), x);
  site.set_log_prob(std::move(log_q));
  trace.add(std::move(site));
  return trace;
}

Trace WeightGuide::score(const Tensor& x, const Tensor& z) {
  Trace trace;
  trace.add(shared_site(posterior(x), z, x));
  return trace;
}

}  // namespace elbow
