#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// The binary Concrete distribution, one per element: sigmoid((l + logistic noise) / t) in (0, 1),
/// which tends to a Bernoulli variable of logit l as the temperature t falls. Event shape [].
///
/// At low temperatures values round to 0 and 1, where their density is lost: what asks for both
/// draws the values' logits, and scores these.
///
/// Maddison, Mnih, Teh, "The Concrete distribution", 2017, arXiv:1611.00712, appendix B.
class RelaxedBernoulli : public Distribution {
 public:
  /// @param temperature 0-dim, positive
  RelaxedBernoulli(Tensor logits, Tensor temperature);
  std::string name() const override { return "relaxed_bernoulli"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Traits traits() const override;
  Tensor log_prob(const Tensor& value) const override;
  /// log density of a value's logit, in that coordinate: the values' own differs by log x (1 - x).
  Tensor log_prob_of_logits(const Tensor& value_logits) const;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor rsample_logits(const Shape& sample_shape, RandomSource& source) const;
  /// The median.
  Tensor location() const override;
  Tensor mean() const override;      ///< @throws c10::Error: it has no closed form
  Tensor variance() const override;  ///< @throws c10::Error: it has no closed form
  Tensor entropy() const override;   ///< @throws c10::Error: it has no closed form
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;

 private:
  Tensor logits_, temperature_;
};

}  // namespace elbow
