#pragma once

// Symmetric matrices inside flat parameters, and the small linear algebra that families share.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cholesky_inverse.h>
#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_cholesky_ex.h>

#include <cmath>
#include <string>
#include <vector>

namespace elbow {

/// [..., D * D] as [..., D, D].
inline at::Tensor as_matrix(const at::Tensor& flat, std::int64_t size) {
  std::vector<std::int64_t> shape = flat.sizes().vec();
  shape.back() = size;
  shape.push_back(size);
  return flat.reshape(shape);
}

inline at::Tensor symmetric(const at::Tensor& matrix) {
  return (matrix + matrix.transpose(-1, -2)) * 0.5;
}

/// Inverse of a positive definite matrix and its log-determinant; symmetric to the last bit.
struct InversePair {
  at::Tensor inverse, log_det;
};
inline InversePair inverse_of(const at::Tensor& matrix) {
  const at::Tensor factor = at::linalg_cholesky(matrix);
  return {symmetric(at::cholesky_inverse(factor)), factor.diagonal(0, -2, -1).log().sum(-1) * 2.0};
}

/// Whether every matrix of a batch is positive definite.
inline bool all_positive_definite(const at::Tensor& matrix) {
  if (!matrix.isfinite().all().item<bool>()) return false;
  const auto [factor, info] = at::linalg_cholesky_ex(matrix);
  return info.eq(0).all().item<bool>();
}

/// x^T M x over the last dimensions.
inline at::Tensor quadratic(const at::Tensor& matrix, const at::Tensor& x) {
  return (x * matrix.matmul(x.unsqueeze(-1)).squeeze(-1)).sum(-1);
}

inline at::Tensor outer(const at::Tensor& x) { return x.unsqueeze(-1) * x.unsqueeze(-2); }

/// sum_i f(x - i / 2), i = 0 .. D - 1: multivariate gamma functions are such sums.
template <class Function>
at::Tensor sum_of_halves(const at::Tensor& x, std::int64_t size, Function function) {
  const at::Tensor halves = at::arange(size, x.options()) * 0.5;
  return function(x.unsqueeze(-1) - halves).sum(-1);
}

/// ln Gamma_D(x), the multivariate gamma function.
inline at::Tensor log_multivariate_gamma(const at::Tensor& x, std::int64_t size) {
  const double d = static_cast<double>(size);
  return sum_of_halves(x, size, [](const at::Tensor& y) { return at::lgamma(y); }) +
         0.25 * d * (d - 1) * std::log(M_PI);
}

inline at::Tensor multivariate_digamma(const at::Tensor& x, std::int64_t size) {
  return sum_of_halves(x, size, [](const at::Tensor& y) { return at::digamma(y); });
}

}  // namespace elbow
