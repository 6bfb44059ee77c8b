#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// L independent categorical variables of C classes each, written as one vector of L C numbers: for
/// each variable a 1 at its class and 0 elsewhere. Event shape [L C].
class OneHotCategorical : public Distribution {
 public:
  /// @param logits [batch..., L, C], unnormalised log probabilities
  explicit OneHotCategorical(Tensor logits);
  std::string name() const override { return "one_hot_categorical"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {num_variables() * num_classes()}; }
  Tensor log_prob(const Tensor& value) const override;
  /// @throws c10::Error: draws are discrete
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  Traits traits() const override { return discrete_traits(); }
  /// The classes' probabilities.
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  std::int64_t num_variables() const { return logits_.size(-2); }
  std::int64_t num_classes() const { return logits_.size(-1); }
  /// Normalised: [batch..., L, C].
  Tensor log_probabilities() const;

 private:
  Tensor logits_;
};

}  // namespace elbow
