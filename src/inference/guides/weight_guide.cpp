#include "elbow/inference/guides/weight_guide.h"

#include <ATen/ops/empty.h>

#include <cmath>

#include "elbow/inference/guides/conditioned_distribution.h"
#include "elbow/neural/flows/transformed_distribution.h"

namespace elbow {

WeightGuide::WeightGuide(SiteSpec site,
                         FamilyPtr family,
                         std::shared_ptr<FlowStack> flows,
                         const Tensor& start)
    : site_(std::move(site)),
      family_(std::move(family)),
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

ConditionedGuidePtr WeightGuide::condition(const Batch& batch) {
  DistributionPtr q = family_->distribution(learned_);
  if (flows_) q = std::make_shared<TransformedDistribution>(q, flows_->forward(context_));
  return std::make_shared<ConditionedDistribution>(site_, q, batch.size());
}

}  // namespace elbow
