#include "elbow/inference/guides/amortised_guide.h"

#include "elbow/inference/guides/conditioned_distribution.h"

#include "elbow/neural/conditional/posterior.h"

namespace elbow {

AmortisedGuide::AmortisedGuide(ConditionalDistributionPtr q, SiteSpec site)
    : q_(register_module("posterior", std::move(q))), site_(std::move(site)) {}

AmortisedGuide::AmortisedGuide(std::shared_ptr<Posterior> posterior,
                               SiteSpec site,
                               RelaxationPtr relaxation)
    : AmortisedGuide(ConditionalDistributionPtr(posterior), std::move(site)) {
  posterior_ = std::move(posterior);
  if (relaxation) relaxation_ = register_module("relaxation", std::move(relaxation));
}

ConditionedGuidePtr AmortisedGuide::condition(const Batch& batch) {
  return std::make_shared<ConditionedDistribution>(site_,
                                                   q_->forward(encoder_input(batch)),
                                                   batch.size(),
                                                   RelaxedLatent(relaxation_, batch.x.device()));
}

void AmortisedGuide::advance(const Clock& clock) {
  if (relaxation_) relaxation_->advance(clock);
}

std::vector<std::pair<std::string, double>> AmortisedGuide::schedule_values() const {
  if (!relaxation_) return {};
  return {{"temperature", relaxation_->temperatures().of_guide.item<double>()}};
}

RelaxedValues AmortisedGuide::relaxed_values() const {
  if (!relaxation_) return RelaxedValues::none;
  return relaxation_->is_hard() ? RelaxedValues::hard : RelaxedValues::soft;
}

}  // namespace elbow
