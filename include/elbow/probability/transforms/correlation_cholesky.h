#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// From R^(n (n - 1) / 2) to the Cholesky factors L of correlation matrices L L': lower triangular
/// with a positive diagonal and rows of norm 1. Each row breaks a stick of squared length 1:
/// L_ij = tanh(x_ij) times the square root of what L_i1, ..., L_i(j-1) left, and L_ii is the root
/// of the rest. The vector is the strict triangle row by row. 0 goes to the identity matrix.
/// Measure: Lebesgue on the entries of L below the diagonal.
///
/// What is left is a product of 1 / cosh(x_ij), summed as logarithms: 1 minus a sum of squares
/// would cancel.
///
/// Stan Development Team, "Stan reference manual", Transforms of constrained variables, section
/// "Cholesky factors of correlation matrices"; Lewandowski, Kurowicka, Joe, "Generating random
/// correlation matrices based on vines and extended onion method", 2009, section 2.
class CorrelationCholesky : public Transform {
 public:
  std::string name() const override { return "correlation_cholesky"; }
  /// @param x [..., n (n - 1) / 2] @return [..., n, n] and [...]
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  /// Reads the lower triangle only.
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  std::int64_t output_event_ndims() const override { return 2; }
  /// The empty vector goes to the matrix [[1]].
  Shape forward_shape(const Shape& x) const override;
  Shape inverse_shape(const Shape& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;
};

}  // namespace elbow
