#include "regression_frame.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/linalg_slogdet.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <limits>

namespace elbow {

namespace {

// In standard deviations. The noise may be far smaller than these, so not as far as a class.
constexpr double kFarFromColumn = 100;
/// Of normal equations: the bound loses about 1e-16 over the square of a pivot, in nats.
constexpr double kLeastPivot = 1e-5;
/// Of the correlations: below, columns are taken apart rather than scaled alone.
constexpr double kLeastEigenvalue = 1e-6;

/// Of centred columns, 1 where a column has none: mean squares otherwise.
struct ColumnScales {
  Tensor centre, scale;  ///< [P]
};

ColumnScales scales_of(const Tensor& phi, bool has_intercept) {
  ColumnScales out{at::zeros({phi.size(1)}, at::kDouble), phi.square().mean(0).sqrt()};
  if (has_intercept) {
    const Tensor mean = phi.mean(0), about_mean = (phi - mean).square().mean(0).sqrt();
    // A column that never varies, the intercept too, keeps its place: centred it would be rounding.
    const Tensor varies = about_mean.gt(mean.abs() * (4 * std::numeric_limits<double>::epsilon()));
    out.centre = at::where(varies, mean, out.centre);
    out.scale = at::where(varies, about_mean, out.scale);
  }
  out.scale = at::where(out.scale.gt(0), out.scale, at::zeros_like(out.scale) + 1.0);
  return out;
}

bool columns_lie_far(const ColumnScales& columns, const Tensor& y, bool has_intercept) {
  if (!has_intercept) return false;
  const double spread = y.std(0, /*unbiased=*/false).item<double>();
  return columns.centre.abs().gt(columns.scale * kFarFromColumn).any().item<bool>() ||
         (spread > 0 && std::abs(y.mean().item<double>()) > kFarFromColumn * spread);
}

bool has_small_pivots(const Tensor& phi, const RegressionFrameOptions& options) {
  if (options.is_flat) return false;
  const Tensor precision = phi.transpose(0, 1).matmul(phi) * options.noise_precision +
                           at::eye(phi.size(1), at::kDouble) * options.prior_precision;
  const auto [factor, info] = at::linalg_cholesky_ex(precision);
  const Tensor left = factor.diagonal().square() / precision.diagonal();
  return !info.eq(0).all().item<bool>() || !left.gt(kLeastPivot).all().item<bool>();
}

/// B: columns of unit scale, and by the eigenvectors of their correlations where some are small.
Tensor turn_of(const Tensor& phi, const ColumnScales& columns, const RegressionFrameOptions& o) {
  const std::int64_t first = o.has_intercept ? 1 : 0, rest = phi.size(1) - first;
  Tensor out = columns.scale.reciprocal().diag();
  if (first == 1) out.select(0, 0).select(0, 0).fill_(1.0);
  if (o.is_flat || rest == 0) return out;
  const Tensor scaled = ((phi - columns.centre) / columns.scale).narrow(1, first, rest);
  const auto [values, vectors] =
      at::linalg_eigh(scaled.transpose(0, 1).matmul(scaled) / static_cast<double>(phi.size(0)));
  if (values[0].item<double>() > kLeastEigenvalue) return out;
  Tensor block = out.narrow(0, first, rest).narrow(1, first, rest);
  block.copy_(block.matmul(vectors));
  return out;
}

}  // namespace

RegressionFrame::RegressionFrame(const Tensor& packed) {
  if (!packed.defined()) return;
  const std::int64_t size = packed.size(1);
  turn_ = packed.narrow(0, 0, size);
  centre_ = packed[size];
  response_centre_ = packed[size + 1][0].item<double>();
  // w_0 = w'_0 - centre . B w' + response centre; the other weights are B w'.
  matrix_ = turn_.clone();
  matrix_[0] -= centre_.matmul(turn_);
  inverse_ = at::linalg_inv(turn_);
  inverse_[0] += centre_;
  log_det_ = std::get<1>(at::linalg_slogdet(turn_)).item<double>();
}

Tensor RegressionFrame::features(const Tensor& phi) const {
  return is_identity() ? phi : (phi - centre_).matmul(turn_);
}

Tensor RegressionFrame::response(const Tensor& y) const {
  return is_identity() || !y.defined() ? y : y - response_centre_;
}

Tensor RegressionFrame::origin() const {
  Tensor out = at::zeros_like(centre_);
  out[0] = -response_centre_;
  return out;
}

Tensor RegressionFrame::outward(const Tensor& weights) const {
  return is_identity() ? weights : (weights - origin()).matmul(matrix_.transpose(0, 1));
}

Tensor RegressionFrame::inward(const Tensor& weights) const {
  return is_identity() ? weights : weights.matmul(inverse_.transpose(0, 1)) + origin();
}

Tensor RegressionFrame::covariance_outward(const Tensor& covariance) const {
  return is_identity() ? covariance : matrix_.matmul(covariance).matmul(matrix_.transpose(0, 1));
}

Tensor RegressionFrame::covariance_inward(const Tensor& covariance) const {
  return is_identity() ? covariance : inverse_.matmul(covariance).matmul(inverse_.transpose(0, 1));
}

Tensor RegressionFrame::precision_inward(const Tensor& diagonal) const {
  if (is_identity()) return diagonal.diag();
  return matrix_.transpose(0, 1).matmul(diagonal.unsqueeze(-1) * matrix_);
}

Tensor RegressionFrame::squares_outward(const Tensor& second) const {
  return inverse_.transpose(0, 1).matmul(second).matmul(inverse_).diagonal();
}

Tensor regression_frame(const Tensor& phi, const Tensor& y, const RegressionFrameOptions& options) {
  const ColumnScales columns = scales_of(phi, options.has_intercept);
  const bool is_far = columns_lie_far(columns, y, options.has_intercept);
  if (!is_far && !has_small_pivots(phi, options)) return {};
  Tensor last = at::zeros({1, phi.size(1)}, at::kDouble);
  if (options.has_intercept) last[0][0] = y.mean();
  return at::cat({turn_of(phi, columns, options), columns.centre.unsqueeze(0), last});
}

}  // namespace elbow
