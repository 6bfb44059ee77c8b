#pragma once

#include <ATen/ATen.h>

#include "elbow/probability/distributions/discretized_logistic.h"

namespace elbow::testing {

/// Points that cover a support, [N, 1 or batch, event...], and their weights, [N, 1]. All rules are
/// trapezoids after a substitution that makes the integrand vanish at both ends, where they
/// converge geometrically.
struct QuadraturePoints {
  Tensor points, weights;
};

inline Tensor line_grid(double begin, double end, double step) {
  return at::arange(begin, end, step, at::TensorOptions(at::kDouble)).unsqueeze(1);
}

/// mean +- e^t: a kink at the mean and heavy tails do no harm.
inline QuadraturePoints real_line(const Distribution& p) {
  const double step = 0.05;
  const Tensor distance = line_grid(-40.0, 8.0, step).exp();
  const Tensor mean = p.mean().detach();
  return {at::cat({mean - distance, mean + distance}), at::cat({distance, distance}) * step};
}

inline QuadraturePoints real_plane() {
  const double step = 0.08;
  const Tensor line = line_grid(-16.0, 16.0, step).squeeze(1);
  const Tensor plane = at::cartesian_prod({line, line}).unsqueeze(1);
  return {plane, at::full({plane.size(0), 1}, step * step, plane.options())};
}

inline QuadraturePoints half_line() {
  const double step = 0.05;
  const Tensor x = line_grid(-60.0, 8.0, step).exp();
  return {x, x * step};
}

/// x = sigmoid(t): singular ends are integrable in t.
inline QuadraturePoints unit_interval() {
  const double step = 0.05;
  const Tensor t = line_grid(-60.0, 36.0, step);
  return {t.sigmoid(), t.sigmoid() * (-t).sigmoid() * step};
}

/// Of three elements, by sticks that are broken at sigmoid(s) and sigmoid(t).
inline QuadraturePoints simplex() {
  const double step = 0.4;
  const Tensor line = line_grid(-45.0, 45.0, step).squeeze(1);
  const Tensor grid = at::cartesian_prod({line, line});
  const Tensor s = grid.select(1, 0), t = grid.select(1, 1), rest = (-s).sigmoid();
  const Tensor points = at::stack({s.sigmoid(), rest * t.sigmoid(), rest * (-t).sigmoid()}, 1);
  const Tensor area = s.sigmoid() * rest.square() * t.sigmoid() * (-t).sigmoid();
  return {points.unsqueeze(1), area.unsqueeze(1) * (step * step)};
}

/// Of R^3: height tanh(s), longitude in equal steps.
inline QuadraturePoints sphere() {
  const double step = 0.1, turn = 2 * M_PI / 100;
  const Tensor grid = at::cartesian_prod(
      {line_grid(-20.0, 20.0, step).squeeze(1), line_grid(0.0, 99.5 * turn, turn).squeeze(1)});
  const Tensor s = grid.select(1, 0), longitude = grid.select(1, 1), radius = s.cosh().reciprocal();
  const Tensor points =
      at::stack({s.tanh(), radius * longitude.cos(), radius * longitude.sin()}, 1);
  return {points.unsqueeze(1), radius.square().unsqueeze(1) * (step * turn)};
}

inline QuadraturePoints whole_numbers(std::int64_t count) {
  const auto options = at::TensorOptions(at::kDouble);
  return {at::arange(count, options).unsqueeze(1), at::ones({count, 1}, options)};
}

/// Every level of its grid.
inline QuadraturePoints levels(const Distribution& p) {
  const LevelGrid& grid = dynamic_cast<const DiscretizedLogistic&>(p).grid();
  QuadraturePoints out = whole_numbers(grid.num_levels);
  out.points = out.points * grid.step + grid.lowest;
  return out;
}

/// Two variables of `classes` classes each.
inline QuadraturePoints one_hot_pairs(std::int64_t classes) {
  const Tensor index = at::arange(classes);
  const Tensor pairs = at::cartesian_prod({index, index});
  const Tensor points = at::one_hot(pairs, classes).flatten(1).to(at::kDouble).unsqueeze(1);
  return {points, at::ones({points.size(0), 1}, at::kDouble)};
}

inline QuadraturePoints quadrature(const Distribution& p, const std::string& support) {
  if (support == "binary") return whole_numbers(2);
  // C classes have C - 2 gaps between their cut points.
  if (p.name() == "ordinal") return whole_numbers(p.parameters()[2].second.size(-1) + 2);
  if (support == "integer") return whole_numbers(p.parameters()[0].second.size(-1));
  if (support == "count") return whole_numbers(20000);
  if (support == "grid") return levels(p);
  if (support == "one_hot") return one_hot_pairs(p.parameters()[0].second.size(-1));
  if (support == "unit_interval") return unit_interval();
  if (support == "positive") return half_line();
  if (support == "simplex") return simplex();
  if (support == "sphere") return sphere();
  TORCH_CHECK(support == "real", support, " is a new support: it needs its own quadrature here");
  return p.event_shape().empty() ? real_line(p) : real_plane();
}

}  // namespace elbow::testing
