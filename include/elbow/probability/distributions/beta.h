#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Beta by log a and log b: event shape [], support 0 < x < 1. log_prob is -inf outside, with
/// gradient zero. A draw is the sigmoid of a difference of log-gamma draws, kept inside (0, 1);
/// its gradient is implicit through both gammas.
class Beta : public Distribution {
 public:
  /// @param log_a, log_b broadcastable; batch shape is the broadcast shape
  Beta(Tensor log_a, Tensor log_b);
  std::string name() const override { return "beta"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& log_a() const { return log_a_; }
  const Tensor& log_b() const { return log_b_; }

 private:
  Tensor log_a_, log_b_;
};

}  // namespace elbow
