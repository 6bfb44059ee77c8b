#include "elbow/probability/transforms/correlation_cholesky.h"

#include <ATen/ops/diag_embed.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/hypot.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "elbow/probability/distributions/cumulative_sum.h"
#include "open_bound.h"
#include "triangle.h"

namespace elbow {
namespace {

/// The logarithms of 1 / cosh(x), and of the root of what each row has left before a column: both
/// [..., n, n].
struct StickLengths {
  Tensor log_sech;  ///< 0 on the diagonal and above
  Tensor log_left;
};

StickLengths stick_lengths(const Tensor& x, std::int64_t n) {
  const Tensor log_sech = (at::log_sigmoid(x * 2) + at::log_sigmoid(x * -2)) * 0.5 + M_LN2;
  const Tensor filled = fill_triangle(log_sech, n, Diagonal::excluded);
  return {filled, at::constant_pad_nd(cumulative_sum(filled.narrow(-1, 0, n - 1)), {1, 0})};
}

/// dL_ij / dx_ij = sech(x_ij)^2 times what was left; the Jacobian is triangular.
Tensor log_det_of(const StickLengths& lengths) {
  return (lengths.log_sech * 2 + lengths.log_left.tril(-1)).sum({-2, -1});
}

/// The norm of what follows each entry in its row, up to the diagonal: [..., n, n], 1 on the
/// diagonal and above. Column by column: squares of small entries would underflow.
Tensor norms_after(const Tensor& y) {
  const std::int64_t n = y.size(-1);
  const Tensor is_diagonal = at::eye(n, y.options().dtype(at::kBool)), below = y.tril(-1);
  std::vector<Tensor> columns(static_cast<std::size_t>(n));
  Tensor norm = at::ones_like(y.select(-1, 0));
  for (std::int64_t j = n - 1; j >= 0; --j) {
    columns[static_cast<std::size_t>(j)] = norm;
    norm =
        at::where(is_diagonal.select(1, j), y.select(-1, j), at::hypot(below.select(-1, j), norm));
  }
  return at::stack(columns, -1);
}

}  // namespace

std::pair<Tensor, Tensor> CorrelationCholesky::forward_and_log_det(const Tensor& x) const {
  const std::int64_t n = forward_shape(x.sizes().vec()).back();
  const StickLengths lengths = stick_lengths(x, n);
  const Tensor left = lengths.log_left.exp();
  const Tensor below = fill_triangle(x.tanh(), n, Diagonal::excluded) * left;
  return {below + at::diag_embed(kept_above(diagonal_of(left), 0)), log_det_of(lengths)};
}

std::pair<Tensor, Tensor> CorrelationCholesky::inverse_and_log_det(const Tensor& y) const {
  // tanh(x) = L_ij / sqrt(L_ij^2 + ... + L_ii^2), so sinh(x) has the entries after L_ij below it.
  const Tensor x = read_triangle((y.tril(-1) / norms_after(y)).asinh(), Diagonal::excluded);
  return {x, -log_det_of(stick_lengths(x, y.size(-1)))};
}

Shape CorrelationCholesky::forward_shape(const Shape& x) const {
  return matrix_shape(x, Diagonal::excluded, name());
}

Shape CorrelationCholesky::inverse_shape(const Shape& y) const {
  return triangle_shape(y, Diagonal::excluded, name());
}

TransformPtr CorrelationCholesky::map_parameters(const ParameterMap& /*map*/) const {
  return std::make_shared<CorrelationCholesky>(*this);
}

}  // namespace elbow
