#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// How often each of D classes came up in `total` draws: event shape [D], or another of D elements.
/// Values are scored given
/// the total that they have, whatever `total` is, which is that of draws and moments.
class Multinomial : public Distribution {
 public:
  /// @param logits [batch..., D], unnormalised log probabilities
  /// @param total [batch...] or broadcastable, whole numbers
  Multinomial(Tensor logits, Tensor total);
  /// @param logits [batch..., event...]
  Multinomial(const Tensor& logits, Tensor total, std::int64_t event_dims);
  std::string name() const override { return "multinomial"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return event_; }
  Traits traits() const override { return discrete_traits(); }
  /// -inf where a value is no count.
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
  Tensor logits_;  ///< [batch..., D]
  Tensor total_;
  Shape event_;
};

}  // namespace elbow
