#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// From R^(n (n + 1) / 2) to the Cholesky factors L of covariance matrices L L': lower triangular
/// with a positive diagonal. The vector is the triangle row by row, the diagonal under an
/// exponential. 0 goes to the identity matrix. Measure: Lebesgue on the entries of the lower
/// triangle of L (not on those of L L'); log |det| = sum_i log L_ii.
///
/// Stan Development Team, "Stan reference manual", Transforms of constrained variables, section
/// "Cholesky factors of covariance matrices".
class CovarianceCholesky : public Transform {
 public:
  std::string name() const override { return "covariance_cholesky"; }
  /// @param x [..., n (n + 1) / 2] @return [..., n, n] and [...]
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  /// Reads the lower triangle only.
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  std::int64_t output_event_ndims() const override { return 2; }
  Shape forward_shape(const Shape& x) const override;
  Shape inverse_shape(const Shape& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;
};

}  // namespace elbow
