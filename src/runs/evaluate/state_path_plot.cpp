#include <ATen/TensorOperators.h>

#include <algorithm>

#include "conjugate_plots.h"

namespace elbow::conjugate_plots {

namespace {

constexpr int kStatePathWidth = 720, kStatePathHeight = 130, kGutter = 8;
constexpr Rgb kLine{170, 176, 184};

/// A line through the values with the steps on it, over a strip of the states.
Picture panel(const std::vector<double>& values,
              const std::vector<double>& states,
              const DataRange& steps,
              const DataRange& up) {
  // The lowest sixth is the strip's.
  const double height = up.high - up.low, floor = up.low - height / 5.0;
  Canvas canvas(kStatePathWidth, kStatePathHeight, steps, {floor, up.high});
  canvas.axes();
  std::vector<std::pair<double, double>> line;
  for (std::size_t t = 0; t < values.size(); ++t)
    line.emplace_back(static_cast<double>(t), values[t]);
  canvas.line(line, kLine);
  const double bottom = floor + height / 20.0, top = up.low - height / 20.0;
  for (std::size_t t = 0; t < states.size() && states[t] >= 0; ++t) {
    const Rgb colour = class_colour(static_cast<std::size_t>(states[t]));
    const double at = static_cast<double>(t);
    canvas.band({at - 0.5, at + 0.5}, {bottom, bottom}, {top, top}, colour, /*alpha=*/1.0);
    canvas.point(at, values[t], colour, /*radius=*/2);
  }
  return canvas.picture();
}

}  // namespace

Picture state_paths(const Tensor& x, const Tensor& path, const Axes& axes) {
  const Tensor feature = x.select(-1, 0);
  const std::int64_t most = path.ge(0).sum(-1).max().item<std::int64_t>();
  const DataRange up = range_of(numbers_of(feature)).with_margin(0.05);
  const DataRange steps{-1.0, static_cast<double>(most)};
  std::vector<Picture> panels;
  for (std::int64_t n = 0; n < x.size(0); ++n)
    panels.push_back(panel(numbers_of(feature[n]), numbers_of(path[n]), steps, up));
  Picture out = stacked(panels, kGutter);
  out.description = "steps from 0 to " + std::to_string(most - 1) + ", " + axis_text(axes, 0, up);
  return out;
}

}  // namespace elbow::conjugate_plots
