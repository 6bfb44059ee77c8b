#include "elbow/inference/guides/amortised_guide.h"

#include "elbow/inference/guides/conditioned_distribution.h"

#include "elbow/neural/conditional/posterior.h"

namespace elbow {

AmortisedGuide::AmortisedGuide(ConditionalDistributionPtr q, SiteSpec site)
    : q_(register_module("posterior", std::move(q))), site_(std::move(site)) {}

AmortisedGuide::AmortisedGuide(std::shared_ptr<Posterior> posterior, SiteSpec site)
    : AmortisedGuide(ConditionalDistributionPtr(posterior), std::move(site)) {
  posterior_ = std::move(posterior);
}

ConditionedGuidePtr AmortisedGuide::condition(const Batch& batch) {
  return std::make_shared<ConditionedDistribution>(
      site_, q_->forward(encoder_input(batch)), batch.size());
}

}  // namespace elbow
