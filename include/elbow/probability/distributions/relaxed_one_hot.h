#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// L independent Concrete (Gumbel-Softmax) variables of C classes each, side by side: for each
/// softmax((l + Gumbel noise) / t) on the simplex, which tends to a one-hot vector of the
/// categorical distribution as the temperature t falls. Event shape [L C].
///
/// At low temperatures values round to corners of the simplex, where their density is lost: what
/// asks for both draws the values' logarithms, and scores these.
///
/// Maddison, Mnih, Teh, "The Concrete distribution", 2017, arXiv:1611.00712, section 3.1 and
/// appendix C.3; Jang, Gu, Poole, 2017, arXiv:1611.01144, appendix B.
class RelaxedOneHot : public Distribution {
 public:
  /// @param logits [batch..., L, C] @param temperature 0-dim, positive
  RelaxedOneHot(Tensor logits, Tensor temperature);
  std::string name() const override { return "relaxed_one_hot"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {num_variables() * num_classes()}; }
  Traits traits() const override;
  Tensor log_prob(const Tensor& value) const override;
  /// log density of values by logits whose softmax they are, such as their logarithms [..., L C],
  /// in the coordinates of logits relative to one class: the values' own differs by the sum of
  /// their logarithms.
  Tensor log_prob_of_logits(const Tensor& value_logits) const;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  /// Logarithms of values: each variable's exponentials sum to 1.
  Tensor rsample_logits(const Shape& sample_shape, RandomSource& source) const;
  /// The value without noise.
  Tensor location() const override;
  Tensor mean() const override;      ///< @throws c10::Error: it has no closed form
  Tensor variance() const override;  ///< @throws c10::Error: it has no closed form
  Tensor entropy() const override;   ///< @throws c10::Error: it has no closed form
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  std::int64_t num_variables() const { return logits_.size(-2); }
  std::int64_t num_classes() const { return logits_.size(-1); }

 private:
  Tensor logits_, temperature_;
};

}  // namespace elbow
