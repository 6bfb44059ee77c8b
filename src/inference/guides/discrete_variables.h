#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Independent binary or one-hot variables by their logits, as draws that are relaxed need them: a
/// variable is decided by its logits with noise added, "perturbed" here.
///
/// Shapes: logits and perturbed [..., L] of binary variables, [..., L, C] of one-hot ones; values
/// [..., L] and [..., L C].
class DiscreteVariables {
 public:
  /// @throws std::logic_error naming what it is instead
  explicit DiscreteVariables(const Distribution& q);

  /// Logistic or Gumbel noise added, with a gradient in the logits. @return [sample..., batch...,
  /// ...]
  Tensor perturbed(const Shape& sample_shape, RandomSource& source) const;
  /// Draws of the same given what they decided: with noise that has no gradient, `count` of each,
  /// in front of the variables. @param value [sample..., batch..., event] @return [sample...,
  /// batch..., S, ...]
  ///
  /// Paulus, Maddison, Krause, 2021, arXiv:2010.04838, equation 9; binary ones: Tucker, Mnih,
  /// Maddison, Lawson, Sohl-Dickstein, "REBAR", 2017, arXiv:1703.07370, appendix C.
  Tensor perturbed_given(const Tensor& value, std::int64_t count, RandomSource& source) const;
  /// What they decide. @return values
  Tensor hard(const Tensor& perturbed) const;
  /// The same by a temperature, 0-dim, smoothly.
  Tensor soft(const Tensor& perturbed, const Tensor& temperature) const;

  bool is_binary() const { return is_binary_; }
  const Tensor& logits() const { return logits_; }

 private:
  Tensor logits_;  ///< of one-hot variables normalised
  bool is_binary_;
};

}  // namespace elbow
