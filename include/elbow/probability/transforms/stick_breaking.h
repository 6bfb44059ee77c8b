#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// From R^(K-1) to the open simplex of K numbers: y_k is the share z_k = sigmoid(x_k - log(K - k))
/// of what the k - 1 before it left of 1, and y_K is the rest. 0 goes to (1/K, ..., 1/K). Measure:
/// Lebesgue on y_1, ..., y_(K-1); log |det| = sum_k log y_k over all K.
///
/// Computed from the logarithms of y, so that small shares keep their digits.
///
/// Stan Development Team, "Stan reference manual", Transforms of constrained variables, section
/// "Unit simplex"; Betancourt, "Cruising the simplex", 2010, arXiv:1010.3436.
class StickBreaking : public Transform {
 public:
  std::string name() const override { return "stick_breaking"; }
  /// @param x [..., K - 1] @return [..., K] and [...]
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  Shape forward_shape(const Shape& x) const override;
  Shape inverse_shape(const Shape& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;
};

}  // namespace elbow
