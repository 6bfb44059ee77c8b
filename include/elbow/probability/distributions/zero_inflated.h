#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Zero with probability sigmoid(zero_logit), else a count of another distribution, which may be
/// zero, too (Lambert, "Zero-inflated Poisson regression", Technometrics 34, 1992). Event shape [].
class ZeroInflated : public Distribution {
 public:
  /// @param zero_logit broadcastable to the batch shape of `counts` @param counts event shape []
  ZeroInflated(Tensor zero_logit, DistributionPtr counts);
  std::string name() const override { return "zero_inflated_" + counts_->name(); }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Traits traits() const override { return counts_->traits(); }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  /// @throws c10::Error: it has no closed form
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;

 private:
  Tensor zero_logit_;
  DistributionPtr counts_;
};

}  // namespace elbow
