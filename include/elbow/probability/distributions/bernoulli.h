#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Bernoulli by its logit, one per element: event shape [], draws 0 or 1 in the logits' dtype.
/// log_prob is x*l - softplus(l), the cross entropy, for any x in [0, 1].
class Bernoulli : public Distribution {
 public:
  explicit Bernoulli(Tensor logits);
  std::string name() const override { return "bernoulli"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Tensor log_prob(const Tensor& value) const override;
  /// float32 on the CPU takes one fused pass (value and gradient); anything else, and tracing, the
  /// plain route.
  Tensor log_prob_summed(const Tensor& value, std::int64_t num_dims) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  Traits traits() const override { return discrete_traits(); }
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& logits() const { return logits_; }

 private:
  Tensor logits_;
};

}  // namespace elbow
