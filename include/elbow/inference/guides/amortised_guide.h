#pragma once

#include "elbow/inference/guides/guide.h"
#include "elbow/neural/conditional/posterior.h"

namespace elbow {

/// A guide whose parameters an encoder computes from x: q(z | x) = posterior(encoder(x)).
/// Kingma, Welling, "Auto-Encoding Variational Bayes", 2014, arXiv:1312.6114, section 2.1.
class AmortisedGuide : public Guide {
 public:
  /// @param site a latent of each example, "z" unless the model calls it otherwise
  explicit AmortisedGuide(ConditionalDistributionPtr q, SiteSpec site = {"z", {}});
  explicit AmortisedGuide(std::shared_ptr<Posterior> posterior, SiteSpec site = {"z", {}});
  ConditionedGuidePtr condition(const Batch& batch) override;
  std::shared_ptr<Posterior> posterior_module() override { return posterior_; }

 private:
  ConditionalDistributionPtr q_;
  std::shared_ptr<Posterior> posterior_;  ///< the same, where it is that
  SiteSpec site_;
};

}  // namespace elbow
