#pragma once

#include "elbow/probability/distributions/categorical.h"

namespace elbow {

/// An ordered class 0..C-1 by cumulative logits: P(x <= c) = sigmoid(t_c - loc) with cut points
/// t_0 < t_1 < ... < t_{C-2}. Event shape []; draws have the dtype of the parameters; mean and
/// variance are those of the index.
///
/// McCullagh, "Regression models for ordinal data", JRSS B 42(2), 1980.
class Ordinal : public Distribution {
 public:
  /// @param loc           [batch...]
  /// @param first_cut     t_0, broadcastable to [batch...]
  /// @param log_gaps      log(t_c - t_{c-1}), [..., C - 2], broadcastable to [batch..., C - 2]; C
  /// >= 3
  Ordinal(Tensor loc, Tensor first_cut, Tensor log_gaps);
  std::string name() const override { return "ordinal"; }
  Shape batch_shape() const override { return classes().batch_shape(); }
  Shape event_shape() const override { return {}; }
  Traits traits() const override { return discrete_traits(); }
  Tensor log_prob(const Tensor& value) const override { return classes().log_prob(value); }
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override {
    return classes().sample(sample_shape, source);
  }
  Tensor mean() const override { return classes().mean(); }
  Tensor variance() const override { return classes().variance(); }
  Tensor entropy() const override { return classes().entropy(); }
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;

 private:
  Categorical classes() const;

  Tensor loc_, first_cut_, log_gaps_;
};

}  // namespace elbow
