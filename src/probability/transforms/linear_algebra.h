#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros_like.h>

namespace elbow {

/// Products along the last dimension: [..., D] and [..., D] to [..., 1].
inline at::Tensor dot_product(const at::Tensor& a, const at::Tensor& b) {
  return (a * b).sum(-1, /*keepdim=*/true);
}

/// |v|^2 as [..., 1], and 1 where it is 0 in float32: no NaN passes a division, forwards or
/// backwards.
inline at::Tensor divisible_square(const at::Tensor& v) {
  const at::Tensor square = dot_product(v, v);
  return square.masked_fill(square < 1e-30, 1.0);
}

/// A matrix times each vector: matrix [batch..., M, D], x [..., D] to [..., M].
inline at::Tensor matrix_times(const at::Tensor& matrix, const at::Tensor& x) {
  const at::Tensor transposed = matrix.transpose(-2, -1);
  if (matrix.dim() == 2) return x.matmul(transposed);
  return x.unsqueeze(-2).matmul(transposed).squeeze(-2);
}

/// A log-determinant that does not depend on x [..., D], one for each vector: [...]. Not by
/// `expand`, which a trace would freeze at its batch size.
inline at::Tensor for_each_vector(const at::Tensor& log_det, const at::Tensor& x) {
  return at::zeros_like(x.select(-1, 0)) + log_det;
}

inline at::Tensor no_log_det(const at::Tensor& x) { return at::zeros_like(x.select(-1, 0)); }

}  // namespace elbow
