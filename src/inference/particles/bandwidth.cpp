#include "elbow/inference/particles/bandwidth.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>

#include "elbow/kernels/pairs.h"

namespace elbow {
namespace {

/// Squared distances of two ranks that are the same or neighbours.
struct MiddleSquares {
  double lower = 0, upper = 0;
};

template <class Real>
MiddleSquares squares_at(const Tensor& points, std::int64_t rank) {
  const auto found = kernels::squared_distance_of_rank<Real>(
      points.const_data_ptr<Real>(), points.size(0), points.size(1), rank);
  return {static_cast<double>(found.value), static_cast<double>(found.next)};
}

/// Of rank `rank` of i > j, and of the next one.
MiddleSquares squares_of_rank(const Tensor& points, std::int64_t rank) {
  return points.scalar_type() == at::kFloat ? squares_at<float>(points, rank)
                                            : squares_at<double>(points, rank);
}

std::int64_t num_pairs(std::int64_t n) { return n * (n - 1) / 2; }

/// Over i > j: the two in the middle, which are one where their number is odd.
MiddleSquares middle_of_pairs(const Tensor& points) {
  const std::int64_t pairs = num_pairs(points.size(0));
  MiddleSquares out = squares_of_rank(points, (pairs - 1) / 2);
  if (pairs % 2 == 1) out.upper = out.lower;
  return out;
}

/// The k-th smallest over all N^2 pairs.
double square_of_all(const Tensor& points, std::int64_t k) {
  const std::int64_t rank = rank_among_pairs(k, points.size(0));
  return rank < 0 ? 0.0 : squares_of_rank(points, rank).lower;
}

/// The middle of all N^2 pairs; the mean of two where their number is even.
double median_of_all(const Tensor& points) {
  const std::int64_t n = points.size(0), count = n * n;
  const double upper = square_of_all(points, count / 2);
  return count % 2 == 1 ? upper : (square_of_all(points, count / 2 - 1) + upper) / 2;
}

double width_of(BandwidthRule rule, const Tensor& points) {
  const auto n = static_cast<double>(points.size(0));
  switch (rule) {
    case BandwidthRule::median_liu_wang:
      return median_of_all(points) / std::log(n + 1);
    case BandwidthRule::median_blackjax: {
      const MiddleSquares middle = middle_of_pairs(points);
      const double median = (std::sqrt(middle.lower) + std::sqrt(middle.upper)) / 2;
      return median * median / std::log(n);
    }
    case BandwidthRule::median_numpyro:
      return square_of_all(points, points.size(0) * points.size(0) / 2) / std::log(n) + 1e-5;
    case BandwidthRule::median_pyro:
      return squares_of_rank(points, (num_pairs(points.size(0)) - 1) / 2).lower / std::log(n + 1);
    case BandwidthRule::fixed:
      break;
  }
  return 1;
}

}  // namespace

const std::vector<std::string>& bandwidth_rules() {
  static const std::vector<std::string> names{
      "fixed", "median_liu_wang", "median_blackjax", "median_numpyro", "median_pyro"};
  return names;
}

std::int64_t rank_among_pairs(std::int64_t k, std::int64_t num_particles) {
  return k < num_particles ? -1 : (k - num_particles) / 2;
}

std::optional<double> Bandwidth::width_of_simplex(std::int64_t num_particles) const {
  const auto n = static_cast<double>(num_particles);
  switch (rule) {
    case BandwidthRule::median_liu_wang:
      return factor / std::log(n + 1);
    case BandwidthRule::median_blackjax:
    case BandwidthRule::median_numpyro:
      return factor / std::log(n);
    case BandwidthRule::median_pyro:  // of each coordinate: a simplex can lie in many ways
    case BandwidthRule::fixed:
      break;
  }
  return std::nullopt;
}

ComponentInfo Bandwidth::section() {
  return ComponentInfo::section(
      "bandwidth",
      "The width h of a kernel of |x - y|^2 / h",
      {Parameter::choice(
           "rule",
           bandwidth_rules(),
           "fixed, or a median of the particles' distances as one of four programs takes it: "
           "liu_wang and blackjax agree for many particles; numpyro's has zeros among the pairs, "
           "pyro's is one for each coordinate, so that particles no longer see each other from "
           "some ten dimensions on")
           .defaults("median_liu_wang"),
       Parameter::number("factor", "times the rule's h; fixed: h itself").defaults(1.0).above(0)});
}

Bandwidth Bandwidth::from(const ConfigNode& node) {
  const auto& names = bandwidth_rules();
  const auto found = std::find(names.begin(), names.end(), node.text("rule"));
  return {static_cast<BandwidthRule>(found - names.begin()), node.number("factor")};
}

Tensor Bandwidth::widths(const Tensor& particles) const {
  TORCH_CHECK(particles.dim() == 2, "Bandwidth: particles must be [N, D], got ", particles.sizes());
  const std::int64_t n = particles.size(0), size = particles.size(1);
  const auto filled = [&](double h) {
    return at::full({size}, h > 0 && std::isfinite(h) ? h : 1.0, particles.options());
  };
  if (rule == BandwidthRule::fixed) return filled(factor);
  if (n < 2) return filled(1);
  const Tensor points = particles.detach().contiguous();
  if (rule != BandwidthRule::median_pyro) return filled(factor * width_of(rule, points));
  std::vector<Tensor> out;
  for (std::int64_t d = 0; d < size; ++d)
    out.push_back(filled(factor * width_of(rule, points.narrow(1, d, 1).contiguous()))[0]);
  return at::stack(out);
}

}  // namespace elbow
