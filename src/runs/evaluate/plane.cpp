#include "plane.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>

#include "elbow/data/dataset/dataset.h"
#include "elbow/foundations/core/philox.h"

namespace elbow::plane {
namespace {

constexpr std::int64_t kDraws = 1 << 17;  // of a side that has no formula
constexpr double kOutside = 0.002;        // share of either side beyond each edge of the window

const auto kDoubles = at::TensorOptions(at::kDouble);

/// Centres of `count` equal pieces. [count]
Tensor centres(const Range& range, std::int64_t count) {
  const double step = (range.high - range.low) / static_cast<double>(count);
  return (at::arange(count, kDoubles) + 0.5) * step + range.low;
}

}  // namespace

/// The centre of each pixel, row by row, the largest second coordinate first. [side * side, 2]
Tensor pixels(const Window& window, std::int64_t side) {
  const Tensor first = centres(window[0], side), second = centres(window[1], side).flip(0);
  return at::stack({first.repeat({side}), second.repeat_interleave(side)}, 1);
}

double cell_area(const Window& window, std::int64_t side) {
  const auto count = static_cast<double>(side * side);
  return (window[0].high - window[0].low) * (window[1].high - window[1].low) / count;
}

Range joined(const Range& a, const Range& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

/// What holds all but a little of the points in each coordinate. @param points [N, 2]
Window window_of(const Tensor& points) {
  Window out;
  for (std::int64_t d = 0; d < 2; ++d) {
    const Tensor sorted = std::get<0>(points.select(1, d).sort());
    const std::int64_t cut =
        static_cast<std::int64_t>(kOutside * static_cast<double>(sorted.size(0)));
    out[static_cast<std::size_t>(d)] = {sorted[cut].item<double>(),
                                        sorted[sorted.size(0) - 1 - cut].item<double>()};
  }
  return out;
}

namespace {

/// The same of a density on a grid that holds all of it. @param density [side * side], as `pixels`
Window window_of(const Tensor& density, const Window& grid, std::int64_t side) {
  Window out;
  const Tensor table = density.reshape({side, side});
  for (const std::int64_t d : {0, 1}) {
    Tensor marginal = table.sum(d);
    if (d == 1) marginal = marginal.flip(0);  // the rows run downwards
    const Tensor share = marginal.cumsum(0) / marginal.sum();
    const Tensor centre = centres(grid[static_cast<std::size_t>(d)], side);
    const auto place = [&](double q) {
      const std::int64_t i = std::min((share < q).sum().item<std::int64_t>(), side - 1);
      return centre[i].item<double>();
    };
    out[static_cast<std::size_t>(d)] = {place(kOutside), place(1 - kOutside)};
  }
  return out;
}

}  // namespace

/// Room at the edges, and for two distributions that are points.
Window with_margin(Window window) {
  for (Range& range : window) {
    const double margin = std::max(0.05 * (range.high - range.low), 1e-6);
    range = {range.low - margin, range.high + margin};
  }
  return window;
}

Tensor doubles(const Tensor& values) { return values.to(at::kCPU, at::kDouble); }

/// Draws [kDraws, 2], a few at a time: a mixture of many components draws all of them.
Tensor in_pieces(std::uint64_t seed,
                 const std::function<Tensor(std::int64_t count, RandomSource& source)>& draw) {
  constexpr std::int64_t kAtOnce = 1024;
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < kDraws; begin += kAtOnce) {
    KeyedSource source(seed, Purpose::sampling, row_range(begin, begin + kAtOnce), {0});
    parts.push_back(doubles(draw(kAtOnce, source)).reshape({-1, 2}));
  }
  return at::cat(parts);
}

/// Normalised by what is known, else on the window that is shown.
Tensor target_density(const Target& target, const Tensor& points, double area) {
  const Tensor log_density = target.log_density(points);
  if (target.log_normaliser()) return (log_density - *target.log_normaliser()).exp();
  const Tensor density = (log_density - log_density.max()).exp();
  return density / (density.sum() * area);
}

/// Where the target lies; nothing when neither draws nor moments tell.
std::optional<Window> window_of(const Target& target, std::uint64_t seed) {
  if (target.has_sample())
    return window_of(in_pieces(seed, [&target](std::int64_t count, RandomSource& source) {
      return target.sample(count, source);
    }));
  const auto moments = target.moments();
  if (!moments) return std::nullopt;
  constexpr double kReach = 6;  // standard deviations
  Window wide;
  for (std::size_t d = 0; d < 2; ++d) {
    const auto i = static_cast<std::int64_t>(d);
    const double mean = moments->mean[i].item<double>();
    const double scale = std::sqrt(moments->covariance[i][i].item<double>());
    wide[d] = {mean - kReach * scale, mean + kReach * scale};
  }
  const Tensor points = pixels(wide, kSide);
  return window_of(target_density(target, points, cell_area(wide, kSide)), wide, kSide);
}

std::vector<float> floats(const Tensor& values) {
  const Tensor flat = values.to(at::kFloat).contiguous();
  const float* begin = flat.const_data_ptr<float>();
  return {begin, begin + flat.numel()};
}

}  // namespace elbow::plane
