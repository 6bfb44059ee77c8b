#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Counts 0, 1, 2, ... with mean exp(log_rate): event shape []. log_prob is -inf elsewhere, with
/// gradient zero. Draws have the dtype of the parameters.
class Poisson : public Distribution {
 public:
  explicit Poisson(Tensor log_rate);
  std::string name() const override { return "poisson"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Traits traits() const override { return discrete_traits(); }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override { return log_rate_.exp(); }
  Tensor variance() const override { return log_rate_.exp(); }
  /// @throws c10::Error: it has no closed form
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;

 private:
  Tensor log_rate_;
};

}  // namespace elbow
