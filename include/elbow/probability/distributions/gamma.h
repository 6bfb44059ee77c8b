#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Gamma by the logarithms of concentration and rate: event shape [], support x > 0. log_prob is
/// -inf for x <= 0, with gradient zero. Draws are at least the smallest normal number; the
/// gradient of `rsample` is implicit (src/probability/distributions/gamma_draw.h).
class Gamma : public Distribution {
 public:
  /// @param log_concentration, log_rate broadcastable; batch shape is the broadcast shape
  Gamma(Tensor log_concentration, Tensor log_rate);
  std::string name() const override { return "gamma"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& log_concentration() const { return log_concentration_; }
  const Tensor& log_rate() const { return log_rate_; }

 private:
  Tensor log_concentration_, log_rate_;
};

}  // namespace elbow
