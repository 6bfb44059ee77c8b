// The density of a standard normal pushed onto a support integrates to 1, by quadrature over the
// free coordinates: the log-determinant is about the measure that the headers name.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "elbow/probability/transforms/support.h"
#include "probability/distributions/quadrature.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::QuadraturePoints;

struct Region {
  Support support;
  Shape event_shape;
  QuadraturePoints grid;  // events [N, event...] and weights [N]
};

Tensor line(double begin, double end, double step) {
  return testing::line_grid(begin, end, step).squeeze(1);
}

QuadraturePoints flat(const QuadraturePoints& grid) {
  return {grid.points.squeeze(1), grid.weights.squeeze(1)};
}

QuadraturePoints moved(const QuadraturePoints& grid, double scale, double shift) {
  return {grid.points * scale + shift, grid.weights * std::abs(scale)};
}

/// Pairs y1 < y2: y1 on the grid, y2 above it by the steps of a half-line.
QuadraturePoints pairs(const Tensor& first, const Tensor& first_weights) {
  const double step = 0.1;
  const Tensor log_gap = line(-45, 9, step), gap = log_gap.exp();
  const Tensor y1 = first.unsqueeze(1).expand({-1, gap.size(0)}), y2 = y1 + gap;
  const Tensor weights = first_weights.unsqueeze(1) * gap * step;
  return {at::stack({y1, y2}, -1).view({-1, 2}), weights.reshape({-1})};
}

/// Factors [[1, 0], [r, s]] by r = tanh(t), where s = 1 / cosh(t).
QuadraturePoints circles() {
  const double step = 0.05;
  const Tensor t = line(-25, 25, step), s = t.cosh().reciprocal(), zero = at::zeros_like(t);
  return {at::stack({at::ones_like(t), zero, t.tanh(), s}, -1).view({-1, 2, 2}), s.square() * step};
}

/// Factors [[a]] of one variance.
QuadraturePoints one_by_one() {
  const QuadraturePoints grid = flat(testing::half_line());
  return {grid.points.view({-1, 1, 1}), grid.weights};
}

std::vector<Region> regions() {
  const QuadraturePoints half = flat(testing::half_line()), unit = flat(testing::unit_interval());
  const Tensor real = line(-12, 12, 0.1), log_first = line(-14, 9, 0.1), first = log_first.exp();
  return {{Support::real(), {}, {real, at::full_like(real, 0.1)}},
          {Support::positive(), {}, half},
          {Support::unit_interval(), {}, unit},
          {Support::greater_than(-1.5), {}, moved(half, 1, -1.5)},
          {Support::less_than(2), {}, moved(half, -1, 2)},
          {Support::interval(-1, 3), {}, moved(unit, 4, -1)},
          {Support::simplex(), {3}, flat(testing::simplex())},
          {Support::ordered(), {2}, pairs(real, at::full_like(real, 0.1))},
          {Support::positive_ordered(), {2}, pairs(first, first * 0.1)},
          {Support::cholesky_covariance(), {1, 1}, one_by_one()},
          {Support::cholesky_correlation(), {2, 2}, circles()}};
}

/// log of the density of f(x), x standard normal.
Tensor pushed_forward(const Region& region, const Tensor& y) {
  const auto [x, log_det] = region.support.bijection(region.event_shape)->inverse_and_log_det(y);
  const Tensor each = x.square() * -0.5 - 0.5 * std::log(2 * M_PI);
  return (x.dim() == 1 ? each : each.flatten(1).sum(1)) + log_det;
}

TEST(SupportDensity, IntegratesToOne) {
  std::size_t num_bijections = 0;
  for (const Support& support : all_supports()) num_bijections += support.has_bijection();
  EXPECT_EQ(regions().size(), num_bijections) << "a new support needs a grid here";
  for (const Region& region : regions()) {
    // Where a grid's ends round to the end of an interval the density is 0, but its logarithm is
    // the difference of two infinities.
    const Tensor density = pushed_forward(region, region.grid.points).exp().nan_to_num(0);
    const double mass = (density * region.grid.weights).sum().item<double>();
    EXPECT_NEAR(mass, 1, 1e-9) << region.support.text();
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
