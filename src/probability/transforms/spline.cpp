#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include <cmath>
#include <optional>

#include "elbow/probability/distributions/cumulative_sum.h"
#include "elbow/probability/transforms/element_bijector.h"
#include "linear_algebra.h"

namespace elbow {
namespace {

/// A monotone curve through num_bins + 1 points: positions, values and slopes, [..., num_bins + 1].
struct Knots {
  Tensor x, y, slope;
};

/// Knots from -B to B, both exact, with shares of the way by softmax. @param raw [..., num_bins]
Tensor positions(const Tensor& raw, double min_share, const SplineOptions& options) {
  const auto num_bins = static_cast<double>(options.num_bins);
  const Tensor shares = raw.softmax(-1) * (1 - min_share * num_bins) + min_share;
  const Tensor inner = cumulative_sum(shares).narrow(-1, 0, options.num_bins - 1);
  const double bound = options.tail_bound;
  const Tensor with_start = at::constant_pad_nd(inner * (2 * bound) - bound, {1, 0}, -bound);
  return at::constant_pad_nd(with_start, {0, 1}, bound);
}

// Slope 1 for zero parameters, and at both ends, where the identity goes on.
double slope_offset(const SplineOptions& options) {
  return std::log(std::expm1(1 - options.min_slope));
}

Knots knots_from(const Tensor& parameters, const SplineOptions& options) {
  const std::int64_t n = options.num_bins;
  const Tensor slope =
      at::softplus(parameters.narrow(-1, 2 * n, n - 1) + slope_offset(options)) + options.min_slope;
  return {positions(parameters.narrow(-1, 0, n), options.min_bin_width, options),
          positions(parameters.narrow(-1, n, n), options.min_bin_height, options),
          at::constant_pad_nd(slope, {1, 1}, 1.0)};
}

/// The piece of the curve that holds each number: all [..., D].
struct Piece {
  Tensor x, y, width, height, left, right;  // corner, size, slopes at both ends
  Tensor chord() const { return height / width; }
};

/// @param key the knots' coordinate that `value` is compared with
Piece piece_of(const Knots& knots, const Tensor& key, const Tensor& value) {
  const std::int64_t num_bins = key.size(-1) - 1;
  const Tensor inner = key.narrow(-1, 1, num_bins - 1);
  const Tensor index = (value.unsqueeze(-1) >= inner).sum(-1, /*keepdim=*/true), next = index + 1;
  const auto at_knot = [](const Tensor& t, const Tensor& i) { return t.gather(-1, i).squeeze(-1); };
  Piece out;
  out.x = at_knot(knots.x, index);
  out.y = at_knot(knots.y, index);
  out.width = at_knot(knots.x, next) - out.x;
  out.height = at_knot(knots.y, next) - out.y;
  out.left = at_knot(knots.slope, index);
  out.right = at_knot(knots.slope, next);
  return out;
}

/// log dy/dx at the share t of a piece (equation 5).
Tensor log_slope(const Piece& piece, const Tensor& t) {
  const Tensor s = piece.chord(), mixed = t * (1 - t);
  const Tensor rise = piece.right * t.square() + s * mixed * 2 + piece.left * (1 - t).square();
  const Tensor scale = s + (piece.left + piece.right - s * 2) * mixed;
  return s.log() * 2 + rise.log() - scale.log() * 2;
}

std::pair<Tensor, Tensor> spline_forward(const Knots& knots, const Tensor& x) {
  const Piece piece = piece_of(knots, knots.x, x);
  const Tensor s = piece.chord(), t = (x - piece.x) / piece.width, mixed = t * (1 - t);
  const Tensor rise = piece.height * (s * t.square() + piece.left * mixed);
  const Tensor scale = s + (piece.left + piece.right - s * 2) * mixed;
  return {piece.y + rise / scale, log_slope(piece, t)};
}

std::pair<Tensor, Tensor> spline_inverse(const Knots& knots, const Tensor& y) {
  const Piece piece = piece_of(knots, knots.y, y);
  const Tensor s = piece.chord(), above = y - piece.y;
  const Tensor bend = above * (piece.left + piece.right - s * 2);
  // a t^2 + b t + c = 0; the form of the root that does not cancel (equation 29).
  const Tensor a = piece.height * (s - piece.left) + bend;
  const Tensor b = piece.height * piece.left - bend, c = -s * above;
  // Positive in exact arithmetic; rounding must not make a NaN of it.
  const Tensor root = (b.square() - a * c * 4).clamp_min(1e-30).sqrt();
  const Tensor t = c * 2 / (-b - root);
  return {piece.x + t * piece.width, -log_slope(piece, t)};
}

using Curve = std::pair<Tensor, Tensor> (*)(const Knots&, const Tensor&);

ElementBijector::Function inside_or_identity(Curve curve, const SplineOptions& options) {
  return [curve, options](const Tensor& x, const Tensor& parameters) -> std::pair<Tensor, Tensor> {
    const double bound = options.tail_bound;
    // Clamped before, not only chosen after: a NaN in the branch not taken would reach the
    // gradient.
    const auto [y, slope] = curve(knots_from(parameters, options), x.clamp(-bound, bound));
    const Tensor is_inside = x.abs() < bound;
    return {at::where(is_inside, y, x), slope.masked_fill(~is_inside, 0.0)};
  };
}

std::optional<kernels::ElementMap> spline_map(const SplineOptions& options) {
  if (options.num_bins > kernels::kMaxSplineBins) return std::nullopt;
  kernels::ElementMap out;
  out.kind = kernels::ElementKind::kSpline;
  out.num_parameters = 3 * options.num_bins - 1;
  out.num_bins = options.num_bins;
  out.tail_bound = options.tail_bound;
  out.min_width = options.min_bin_width;
  out.min_height = options.min_bin_height;
  out.min_slope = options.min_slope;
  out.slope_offset = slope_offset(options);
  return out;
}

}  // namespace

ElementBijector spline_bijector(const SplineOptions& options) {
  const auto num_bins = static_cast<double>(options.num_bins);
  TORCH_CHECK(options.num_bins >= 2 && options.min_bin_width * num_bins < 1 &&
                  options.min_bin_height * num_bins < 1,
              "spline: expected at least 2 bins that leave room above their minimum, got ",
              options.num_bins,
              " of width ",
              options.min_bin_width,
              " and height ",
              options.min_bin_height);
  return {"spline",
          3 * options.num_bins - 1,
          inside_or_identity(spline_forward, options),
          inside_or_identity(spline_inverse, options),
          spline_map(options)};
}

}  // namespace elbow
