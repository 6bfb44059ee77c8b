#pragma once

#include "elbow/inference/guides/guide.h"
#include "elbow/inference/guides/relaxation.h"
#include "elbow/neural/conditional/posterior.h"

namespace elbow {

/// A guide whose parameters an encoder computes from x: q(z | x) = posterior(encoder(x)).
/// Kingma, Welling, "Auto-Encoding Variational Bayes", 2014, arXiv:1312.6114, section 2.1.
class AmortisedGuide : public Guide {
 public:
  /// @param site a latent of each example, "z" unless the model calls it otherwise
  explicit AmortisedGuide(ConditionalDistributionPtr q, SiteSpec site = {"z", {}});
  /// @param relaxation of a discrete latent; null: none
  explicit AmortisedGuide(std::shared_ptr<Posterior> posterior,
                          SiteSpec site = {"z", {}},
                          RelaxationPtr relaxation = nullptr);
  ConditionedGuidePtr condition(const Batch& batch) override;
  void advance(const Clock& clock) override;
  std::vector<std::pair<std::string, double>> schedule_values() const override;
  RelaxedValues relaxed_values() const override;
  std::shared_ptr<Posterior> posterior_module() override { return posterior_; }

 private:
  ConditionalDistributionPtr q_;
  std::shared_ptr<Posterior> posterior_;  ///< the same, where it is that
  SiteSpec site_;
  RelaxationPtr relaxation_;
};

}  // namespace elbow
