#include "elbow/probability/transforms/covariance_cholesky.h"

#include <ATen/ops/diag_embed.h>

#include "open_bound.h"
#include "triangle.h"

namespace elbow {

std::pair<Tensor, Tensor> CovarianceCholesky::forward_and_log_det(const Tensor& x) const {
  const Tensor filled = fill_triangle(x, forward_shape(x.sizes().vec()).back(), Diagonal::included);
  const Tensor log_diagonal = diagonal_of(filled);
  const Tensor diagonal = kept_above(log_diagonal.exp(), 0);
  return {filled.tril(-1) + at::diag_embed(diagonal), log_diagonal.sum(-1)};
}

std::pair<Tensor, Tensor> CovarianceCholesky::inverse_and_log_det(const Tensor& y) const {
  const Tensor log_diagonal = diagonal_of(y).log();
  const Tensor filled = y.tril(-1) + at::diag_embed(log_diagonal);
  return {read_triangle(filled, Diagonal::included), -log_diagonal.sum(-1)};
}

Shape CovarianceCholesky::forward_shape(const Shape& x) const {
  return matrix_shape(x, Diagonal::included, name());
}

Shape CovarianceCholesky::inverse_shape(const Shape& y) const {
  return triangle_shape(y, Diagonal::included, name());
}

TransformPtr CovarianceCholesky::map_parameters(const ParameterMap& /*map*/) const {
  return std::make_shared<CovarianceCholesky>(*this);
}

}  // namespace elbow
