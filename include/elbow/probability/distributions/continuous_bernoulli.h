#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Continuous Bernoulli on [0, 1], p(x) = l e^(l x) / (e^l - 1) with logit l: event shape [].
///
/// Loaiza-Ganem, Cunningham, "The continuous Bernoulli: fixing a pervasive error in variational
/// autoencoders", 2019, arXiv:1907.06845, section 3. Series replace the closed forms where the
/// logit is small.
class ContinuousBernoulli : public Distribution {
 public:
  explicit ContinuousBernoulli(Tensor logits);
  std::string name() const override { return "continuous_bernoulli"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& logits() const { return logits_; }
  /// log of the integral of e^(l x) over [0, 1], so that log p(x) = l x - log_partition. [batch...]
  Tensor log_partition() const;

 private:
  Tensor logits_;
};

}  // namespace elbow
