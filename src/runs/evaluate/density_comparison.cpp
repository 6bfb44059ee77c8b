#include "elbow/runs/evaluate/density_comparison.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/observe/density_picture.h"
#include "elbow/probability/targets/target.h"
#include "keyed_samples.h"

namespace elbow {
namespace {

constexpr std::int64_t kSide = 200;         // pixels
constexpr std::int64_t kDraws = 1 << 17;    // of a side that has no formula
constexpr std::int64_t kPixelsPerCell = 2;  // of a histogram: four pixels share their draws
constexpr double kOutside = 0.002;          // share of either side beyond each edge of the window

struct Range {
  double low, high;
};
using Window = std::array<Range, 2>;

const auto kDoubles = at::TensorOptions(at::kDouble);

/// Centres of `count` equal pieces. [count]
Tensor centres(const Range& range, std::int64_t count) {
  const double step = (range.high - range.low) / static_cast<double>(count);
  return (at::arange(count, kDoubles) + 0.5) * step + range.low;
}

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

/// Room at the edges, and for two distributions that are points.
Window with_margin(Window window) {
  for (Range& range : window) {
    const double margin = std::max(0.05 * (range.high - range.low), 1e-6);
    range = {range.low - margin, range.high + margin};
  }
  return window;
}

/// Draws per area. @param points [N, 2] @return [side * side], as `pixels`
Tensor histogram_density(const Tensor& points, const Window& window, std::int64_t side) {
  const std::int64_t cells = side / kPixelsPerCell;
  std::array<Tensor, 2> index;
  Tensor is_inside;
  for (std::size_t d = 0; d < 2; ++d) {
    const Range& range = window[d];
    const Tensor place = (points.select(1, static_cast<std::int64_t>(d)) - range.low) /
                         (range.high - range.low) * static_cast<double>(cells);
    const Tensor inside = (place >= 0) & (place < static_cast<double>(cells));
    is_inside = is_inside.defined() ? is_inside & inside : inside;
    index[d] = place.nan_to_num(0, 0, 0).floor().clamp(0, static_cast<double>(cells - 1));
  }
  const Tensor flat =
      (index[0] + (static_cast<double>(cells - 1) - index[1]) * static_cast<double>(cells))
          .to(at::kLong)
          .masked_select(is_inside);
  const Tensor counts = flat.bincount({}, cells * cells).to(at::kDouble);
  const double scale = static_cast<double>(points.size(0)) * cell_area(window, cells);
  return (counts / scale)
      .reshape({cells, cells})
      .repeat_interleave(kPixelsPerCell, 0)
      .repeat_interleave(kPixelsPerCell, 1)
      .reshape({-1});
}

Tensor doubles(const Tensor& values) { return values.to(at::kCPU, at::kDouble); }

/// One side of the picture: a density by its formula, or draws.
struct Side {
  std::function<Tensor(const Tensor& points)> density;  ///< [N, 2] to [N]; empty: none
  Tensor draws;                                         ///< [N, 2] float64; where nobody asks: none
  Tensor on(const Window& window) const {
    if (!density) return histogram_density(draws, window, kSide);
    return doubles(density(pixels(window, kSide)));
  }
};

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

/// The fitted q, or the density p(x); by draws alone when it cannot be scored.
/// @param dist gives it for so many examples; batch shape [] or [count]
/// @param wants_draws whether the window is theirs, so that a density's are needed too
Side side_of(const std::function<DistributionPtr(std::int64_t count)>& dist,
             std::uint64_t seed,
             const at::TensorOptions& options,
             bool wants_draws) {
  Side out;
  const auto one = dist(1);
  if (wants_draws || !one->traits().scores_any_value)
    out.draws = in_pieces(seed, [&dist](std::int64_t count, RandomSource& source) {
      const auto each = dist(count);
      return each->sample(each->batch_shape().empty() ? Shape{1, count} : Shape{1}, source);
    });
  if (one->traits().scores_any_value)
    out.density = [one, options](const Tensor& points) {
      return one->log_prob(points.to(options).unsqueeze(1)).reshape({-1}).exp();
    };
  return out;
}

at::TensorOptions options_of(const Module& module) {
  const auto parameters = module.parameters();
  return parameters.empty() ? at::TensorOptions(at::kFloat) : parameters.front().options();
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

Picture pair(const Tensor& left, const Tensor& right) {
  const int side = static_cast<int>(kSide);
  return density_pair(floats(left), floats(right), side, side);
}

DensityComparison compare(const Target& target,
                          Guide& guide,
                          const std::vector<SiteSpec>& sites,
                          std::uint64_t seed) {
  const auto options = options_of(guide);
  const auto posterior = [&](std::int64_t count) {
    return only_distribution(guide, {at::empty({count}, options)}, sites);
  };
  const Side fit = side_of(posterior, seed, options, /*wants_draws=*/true);
  Window window = window_of(fit.draws);
  if (const auto own = window_of(target, seed))
    // The fit's outliers shall not shrink the target to a dot: its own window, and as much again.
    for (std::size_t d = 0; d < 2; ++d) {
      const double reach = ((*own)[d].high - (*own)[d].low) / 2;
      window[d] = {std::max(window[d].low, (*own)[d].low - reach),
                   std::min(window[d].high, (*own)[d].high + reach)};
      window[d] = joined(window[d], (*own)[d]);
    }
  window = with_margin(window);
  const Tensor truth = target_density(target, pixels(window, kSide), cell_area(window, kSide));
  return {"target-and-fit", pair(truth, fit.on(window))};
}

/// All of a split. [N, 2] float64
Tensor points_of(const Dataset& dataset, const std::string& split) {
  const Batch batch = dataset.batch(split, row_range(0, dataset.size(split)), /*epoch=*/0);
  const Tensor points = doubles(batch.x);
  return (batch.seen.defined() ? points.masked_fill(batch.seen.cpu().logical_not(), NAN) : points)
      .reshape({-1, 2});
}

std::optional<DensityComparison> compare(const Dataset& dataset,
                                         const Modules& modules,
                                         std::uint64_t seed) {
  Side data, fit;
  data.draws = points_of(dataset, "train");
  if (modules.model->density() != nullptr) {
    const auto density = [&modules](std::int64_t) { return modules.model->density(); };
    fit = side_of(density, seed, options_of(*modules.model), /*wants_draws=*/false);
  } else {
    fit.draws = in_pieces(seed, [&](std::int64_t count, RandomSource& source) {
      // Given what training rows are given, each in turn.
      Batch given;
      if (!modules.model->conditions().empty()) given = examples_in_turn(dataset, "train", count);
      const ModelContext context{source, /*num_examples=*/1, &given};
      return modules.model->sample(count, context).at("x").value();
    });
  }
  // Rows with gaps are no points.
  data.draws = at::index(data.draws, {data.draws.isfinite().all(1)});
  if (data.draws.size(0) == 0) return std::nullopt;
  const Window window = with_margin(window_of(data.draws));
  return DensityComparison{"data-and-model", pair(data.on(window), fit.on(window))};
}

}  // namespace

std::optional<DensityComparison> density_comparison(const Modules& modules,
                                                    const Dataset& dataset,
                                                    std::uint64_t seed) {
  const c10::InferenceMode inference;
  if (const Target* target = modules.model->target()) {
    if (target->size() != 2) return std::nullopt;
    return compare(*target, *modules.guide, modules.model->sites(), seed);
  }
  if (dataset.event_shape() != Shape{2} || dataset.is_corpus()) return std::nullopt;
  return compare(dataset, modules, seed);
}

}  // namespace elbow
