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
#include "plane.h"

namespace elbow {
namespace {

using namespace plane;

constexpr std::int64_t kPixelsPerCell = 2;  // of a histogram: four pixels share their draws

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

/// One side of the picture: a density by its formula, or draws.
struct Side {
  std::function<Tensor(const Tensor& points)> density;  ///< [N, 2] to [N]; empty: none
  Tensor draws;                                         ///< [N, 2] float64; where nobody asks: none
  Tensor on(const Window& window) const {
    if (!density) return histogram_density(draws, window, kSide);
    return doubles(density(pixels(window, kSide)));
  }
};

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
