#include "regression_frame.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cholesky_solve.h>
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
/// Of a matrix of diagonal 1: smaller ones are rounding.
constexpr double kLeastEigenvalue = 1e-14;

/// Mean and standard deviation of columns, or 0 and their root mean square without an intercept.
struct ColumnScales {
  Tensor centre, spread;  ///< [P]
  Tensor varies;          ///< [P]; never varies: the intercept, and whatever says the same
};

ColumnScales scales_of(const Tensor& phi, bool has_intercept) {
  if (!has_intercept) {
    const Tensor spread = phi.square().mean(0).sqrt();
    return {at::zeros_like(spread), spread, spread.gt(0)};
  }
  const Tensor mean = phi.mean(0), about_mean = (phi - mean).square().mean(0).sqrt();
  const Tensor varies = about_mean.gt(mean.abs() * (4 * std::numeric_limits<double>::epsilon()));
  // Less its first value a constant is 0; less a mean it would be rounding.
  ColumnScales out{
      at::where(varies, mean, phi[0]), at::where(varies, about_mean, at::zeros_like(mean)), varies};
  out.centre[0] = 0.0;
  return out;
}

bool columns_lie_far(const ColumnScales& columns, const Tensor& y, bool has_intercept) {
  if (!has_intercept) return false;
  const double spread = y.std(0, /*unbiased=*/false).item<double>();
  const Tensor is_far = columns.centre.abs().gt(columns.spread * kFarFromColumn) & columns.varies;
  return is_far.any().item<bool>() ||
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

/// An orthogonal matrix whose first column is along d: Householder's reflection.
Tensor reflection_along(const Tensor& d) {
  Tensor normal = d / d.square().sum().sqrt();
  normal[0] += normal[0].item<double>() < 0 ? -1.0 : 1.0;
  return at::eye(d.size(0), d.options()) - normal.outer(normal) * (2.0 / normal.square().sum());
}

/// Directions [P, P], as columns, that M does not couple and of which only the first meets d. M has
/// the diagonal 1.
Tensor directions_of(const Tensor& m, const Tensor& d) {
  if (!d.ne(0).any().item<bool>()) return std::get<1>(at::linalg_eigh(m));
  const std::int64_t rest = d.size(0) - 1;
  if (rest == 0) return at::eye(1, at::kDouble);
  const Tensor turn = reflection_along(d), along = turn.narrow(1, 0, 1);
  const Tensor across = turn.narrow(1, 1, rest);
  const auto [values, vectors] = at::linalg_eigh(across.transpose(0, 1).matmul(m).matmul(across));
  const Tensor axes = across.matmul(vectors);
  const Tensor coupling = axes.transpose(0, 1).matmul(m).matmul(along).squeeze(-1);
  const Tensor is_sure = values.gt(kLeastEigenvalue);
  const Tensor share = at::where(is_sure, coupling / values, at::zeros_like(values));
  return at::cat({along - axes.matmul(share.unsqueeze(-1)), axes}, 1);
}

/// B. The prior of w_0 becomes one of w'_0 - d . w', whose precision d d^T swallows whatever else
/// is known of directions that meet d: only one of the new ones does. In units where data and prior
/// together tell 1 of each weight, they then tell nothing of two new ones at once.
Tensor turn_of(const Tensor& phi, const ColumnScales& columns, const RegressionFrameOptions& o) {
  const std::int64_t first = o.has_intercept ? 1 : 0, rest = phi.size(1) - first;
  Tensor out = at::eye(phi.size(1), at::kDouble);
  if (rest == 0) return out;
  const double n = static_cast<double>(phi.size(0));
  const double of_prior = o.prior_precision / (o.noise_precision * n);
  const Tensor unit = (columns.spread.square() + of_prior).sqrt().narrow(0, first, rest);
  const Tensor scaled = (phi - columns.centre).narrow(1, first, rest) / unit;
  const Tensor second =
      scaled.transpose(0, 1).matmul(scaled) / n + (unit.square().reciprocal() * of_prior).diag();
  const Tensor d = columns.centre.narrow(0, first, rest) / unit;
  out.narrow(0, first, rest)
      .narrow(1, first, rest)
      .copy_(directions_of(second, d) / unit.unsqueeze(-1));
  return out;
}

/// Maximum likelihood: columns are scaled alone, and constants keep their place.
Tensor flat_frame(const Tensor& phi, const ColumnScales& columns, bool has_intercept) {
  Tensor scale = at::where(columns.varies, columns.spread, phi.square().mean(0).sqrt());
  scale = at::where(scale.gt(0), scale, at::zeros_like(scale) + 1.0);
  const Tensor centre = at::where(columns.varies, columns.centre, at::zeros_like(scale));
  Tensor turn = scale.reciprocal().diag();
  if (has_intercept) turn[0][0] = 1.0;
  return at::cat({turn, centre.unsqueeze(0)});
}

}  // namespace

RegressionFrame::RegressionFrame(const Tensor& packed) {
  if (!packed.defined()) return;
  const std::int64_t size = packed.size(1);
  turn_ = packed.narrow(0, 0, size);
  centre_ = packed[size];
  shift_ = packed[size + 1];
  level_ = centre_.dot(shift_).item<double>();
  // w_0 = w'_0 - centre . B w' + a_0; the other weights are B w' and a.
  matrix_ = turn_.clone();
  matrix_[0] -= centre_.matmul(turn_);
  // Rows may differ by many powers of ten, which a factorisation takes for reasons to prefer some.
  const Tensor norm = turn_.square().sum(-1, /*keepdim=*/true).sqrt(), rows = turn_ / norm;
  inverse_ = at::linalg_inv(rows) / norm.squeeze(-1);
  inverse_[0] += centre_;
  log_det_ = (std::get<1>(at::linalg_slogdet(rows)) + norm.log().sum()).item<double>();
}

Tensor RegressionFrame::features(const Tensor& phi) const {
  return is_identity() ? phi : (phi - centre_).matmul(turn_);
}

Tensor RegressionFrame::response(const Tensor& phi, const Tensor& y) const {
  if (is_identity() || !y.defined()) return y;
  // The level first: what is left are small numbers.
  return (y - level_) - (phi - centre_).matmul(shift_);
}

Tensor RegressionFrame::baseline(const Tensor& phi) const {
  if (is_identity()) return at::zeros({phi.size(0)}, at::kDouble);
  return (phi - centre_).matmul(shift_) + level_;
}

Tensor RegressionFrame::outward(const Tensor& weights) const {
  return is_identity() ? weights : weights.matmul(matrix_.transpose(0, 1)) + shift_;
}

Tensor RegressionFrame::inward(const Tensor& weights) const {
  return is_identity() ? weights : (weights - shift_).matmul(inverse_.transpose(0, 1));
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

Tensor RegressionFrame::weighted_inward(const Tensor& diagonal, const Tensor& mean) const {
  if (is_identity()) return diagonal * mean;
  return (diagonal * (mean - shift_)).matmul(matrix_);
}

Tensor RegressionFrame::squares_outward(const Tensor& second) const {
  return inverse_.transpose(0, 1).matmul(second).matmul(inverse_).diagonal();
}

namespace {

/// About the weights that data and prior agree on: what the frame's own shift would lose of them
/// does not matter here.
Tensor weights_nearby(const Tensor& packed,
                      const Tensor& phi,
                      const Tensor& y,
                      const RegressionFrameOptions& options) {
  const RegressionFrame frame(packed);
  const Tensor a = frame.features(phi), b = frame.response(phi, y);
  const Tensor prior = at::zeros({phi.size(1)}, at::kDouble) + options.prior_precision;
  const Tensor of_prior = frame.precision_inward(prior),
               weighted = frame.weighted_inward(prior, at::zeros_like(prior));
  const Tensor second = a.transpose(0, 1).matmul(a), first = b.matmul(a);
  double noise = options.noise_precision;
  Tensor out;
  const int rounds = options.learns_noise ? 10 : 1;
  for (int i = 0; i < rounds; ++i) {
    const auto [factor, info] = at::linalg_cholesky_ex(second * noise + of_prior);
    if (!info.eq(0).all().item<bool>()) return frame.shift();
    const Tensor found =
        at::cholesky_solve((first * noise + weighted).unsqueeze(-1), factor).squeeze(-1);
    out = frame.outward(found);
    const double left = (b - a.matmul(found)).square().mean().item<double>();
    if (!(left > 0)) break;
    noise = 1 / left;
  }
  return out.isfinite().all().item<bool>() ? out : frame.shift();
}

}  // namespace

Tensor regression_frame(const Tensor& phi, const Tensor& y, const RegressionFrameOptions& options) {
  const ColumnScales columns = scales_of(phi, options.has_intercept);
  const bool is_far = columns_lie_far(columns, y, options.has_intercept);
  if (!is_far && !has_small_pivots(phi, options)) return {};
  Tensor last = at::zeros({1, phi.size(1)}, at::kDouble);
  if (options.has_intercept) last[0][0] = y.mean();
  if (options.is_flat) return at::cat({flat_frame(phi, columns, options.has_intercept), last});
  const Tensor turn = turn_of(phi, columns, options), centre = columns.centre.unsqueeze(0);
  const Tensor nearby = weights_nearby(at::cat({turn, centre, last}), phi, y, options);
  return at::cat({turn, centre, nearby.unsqueeze(0)});
}

}  // namespace elbow
