#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// From R^D to increasing vectors: y_1 = x_1 (any first) or exp(x_1) (positive first), and
/// y_k = y_(k-1) + exp(x_k). 0 goes to (0, 1, ..., D - 1) or (1, 2, ..., D). Measure: Lebesgue on
/// y; log |det| is the sum of the x_k under an exponential.
///
/// A step below the rounding of y is lost: neighbours are then equal, and the inverse is -inf.
///
/// Stan Development Team, "Stan reference manual", Transforms of constrained variables, sections
/// "Ordered vector" and "Positive ordered vector".
class CumulativeExponential : public Transform {
 public:
  enum class First { any, positive };
  explicit CumulativeExponential(First first) : first_(first) {}
  std::string name() const override { return "cumulative_exponential"; }
  /// @param x [..., D], D >= 1 @return [..., D] and [...]
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  Shape forward_shape(const Shape& x) const override { return inverse_shape(x); }
  Shape inverse_shape(const Shape& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  First first_;
};

}  // namespace elbow
