#include "elbow/runs/evaluate/conjugate_pictures.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/index.h>
#include <ATen/ops/linspace.h>

#include <algorithm>
#include <optional>

#include "conjugate_plots.h"
#include "elbow/foundations/core/permutation.h"
#include "elbow/foundations/core/philox.h"

namespace elbow {

namespace {

constexpr std::int64_t kMostPoints = 5000, kMostSequences = 4, kMostSteps = 500;
const std::string kSplit = "train";

/// Training examples: all, or as many as are drawn, in ascending order.
Tensor training_examples(const Dataset& dataset, std::uint64_t seed) {
  const std::int64_t count = dataset.size(kSplit);
  std::vector<std::int64_t> rows = row_range(0, std::min(count, kMostPoints));
  if (count > kMostPoints) {
    const Permutation order(derive_key(seed, Purpose::subset), 0, count);
    for (auto& row : rows) row = order(row);
    std::sort(rows.begin(), rows.end());
  }
  const Tensor x = dataset.batch(kSplit, rows, /*epoch=*/0).x;
  return at::index(x, {x.isfinite().all(-1)});
}

conjugate_plots::Axes axes_of(const Dataset& dataset) {
  const Json& info = dataset.raw().info;
  const auto size = static_cast<std::size_t>(dataset.event_shape().back());
  conjugate_plots::Axes out{{}, DataUnits::of(dataset)};
  for (std::size_t d = 0; d < size; ++d) out.names.push_back("feature " + std::to_string(d + 1));
  if (dataset.num_responses() == 1) out.names.back() = "response";
  const auto named = info.find("columns");
  if (named != info.end() && named->is_array() && named->size() == size)
    out.names = named->get<std::vector<std::string>>();
  return out;
}

std::optional<Picture> mixture_picture(const ConjugateModel& model,
                                       const Globals& globals,
                                       const Dataset& dataset,
                                       std::uint64_t seed) {
  if (model.ellipses() == nullptr) return std::nullopt;
  const auto shapes = model.ellipses()->class_shapes(globals);
  if (shapes.empty()) return std::nullopt;
  const Tensor x = training_examples(dataset, seed);
  if (x.size(0) == 0) return std::nullopt;
  return conjugate_plots::mixture(x,
                                  conjugate_plots::most_probable_classes(model, globals, x),
                                  shapes,
                                  1.0 / static_cast<double>(dataset.size(kSplit)),
                                  axes_of(dataset));
}

std::optional<Picture> state_path_picture(const ConjugateModel& model,
                                          const Globals& globals,
                                          const Dataset& dataset) {
  const Batch batch =
      dataset.batch(kSplit, row_range(0, std::min(dataset.size(kSplit), kMostSequences)), 0);
  for (const auto& [name, values] : model.encode(batch, globals)) {
    if (name != "path") continue;
    const std::int64_t steps = std::min(batch.x.size(1), kMostSteps);
    return conjugate_plots::state_paths(
        batch.x.narrow(1, 0, steps), values.narrow(1, 0, steps), axes_of(dataset));
  }
  return std::nullopt;
}

/// Sums over all training examples.
Statistics training_statistics(const ConjugateModel& model,
                               const Globals& globals,
                               const Dataset& dataset) {
  constexpr std::int64_t kRows = 4096;
  Statistics out;
  for (std::int64_t begin = 0; begin < dataset.size(kSplit); begin += kRows) {
    const auto rows = row_range(begin, std::min(dataset.size(kSplit), begin + kRows));
    const Batch batch = dataset.batch(kSplit, rows, /*epoch=*/0);
    const Statistics part = model.local_step(batch, globals, {}).statistics;
    if (begin == 0)
      out = part;
    else
      out.add(part);
  }
  return out;
}

/// Over the range of the only input: the prediction with the noise, and how well the mean is known.
std::vector<std::pair<std::string, Picture>> regression_pictures(const ConjugateModel& model,
                                                                 const Globals& globals,
                                                                 const Dataset& dataset,
                                                                 std::uint64_t seed) {
  constexpr std::int64_t kInputs = 320;  // every second pixel
  constexpr double kMass = 0.95;
  const Tensor points = training_examples(dataset, seed);
  if (points.size(0) == 0) return {};
  const DataRange range = range_of(numbers_of(points.select(1, 0))).with_margin(0.05);
  const Tensor inputs = at::linspace(range.low, range.high, kInputs, points.options());
  const Tensor column = inputs.unsqueeze(-1);
  const std::vector<double> across = numbers_of(inputs);
  const auto axes = axes_of(dataset);
  std::vector<std::pair<std::string, Picture>> out;
  if (model.response() != nullptr)
    out.emplace_back("prediction",
                     conjugate_plots::prediction(
                         points, across, model.response()->predict(column, globals, kMass), axes));
  if (model.bands() != nullptr)
    out.emplace_back("posterior-bands",
                     conjugate_plots::posterior_bands(
                         points,
                         across,
                         model.bands()->function_bands(
                             column, training_statistics(model, globals, dataset), globals, kMass),
                         axes));
  return out;
}

}  // namespace

std::vector<NamedPicture> conjugate_pictures(const ConjugateModel& model,
                                             const Globals& globals,
                                             const Dataset& dataset,
                                             std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  if (dataset.is_corpus()) return {};
  const auto& shape = dataset.event_shape();
  std::vector<NamedPicture> out;
  const auto add = [&out](const std::string& name, const std::optional<Picture>& picture) {
    if (picture) out.push_back({name, encode_png(*picture), picture->width, picture->height});
  };
  if (shape.size() == 2) {
    add("state-paths", state_path_picture(model, globals, dataset));
  } else if (shape == std::vector<std::int64_t>{2}) {
    if (dataset.num_responses() == 1)
      for (const auto& [name, picture] : regression_pictures(model, globals, dataset, seed))
        add(name, picture);
    else
      add("mixture", mixture_picture(model, globals, dataset, seed));
  }
  return out;
}

}  // namespace elbow
