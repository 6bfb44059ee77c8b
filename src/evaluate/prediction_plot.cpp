#include <ATen/TensorOperators.h>

#include "conjugate_plots.h"

namespace elbow::conjugate_plots {

namespace {

constexpr int kPredictionWidth = 640, kPredictionHeight = 420;
constexpr Rgb kPoint{100, 110, 120};

}  // namespace

Picture prediction(const Tensor& points,
                   const std::vector<double>& inputs,
                   const Prediction& prediction,
                   const std::vector<std::string>& columns) {
  const auto x = numbers(points.select(1, 0)), y = numbers(points.select(1, 1));
  const auto mean = numbers(prediction.mean), lower = numbers(prediction.lower),
             upper = numbers(prediction.upper);
  std::vector<double> ends = lower;
  ends.insert(ends.end(), upper.begin(), upper.end());
  const DataRange across{inputs.front(), inputs.back()};
  const DataRange up = range_of(y).widened_to(range_of(ends)).with_margin(0.05);
  Canvas canvas(kPredictionWidth, kPredictionHeight, across, up);
  canvas.band(inputs, lower, upper, class_colour(0), /*alpha=*/0.2);
  canvas.axes();
  for (std::size_t i = 0; i < x.size(); ++i)
    canvas.point(x[i], y[i], kPoint, /*radius=*/2, /*alpha=*/0.6);
  std::vector<std::pair<double, double>> line;
  for (std::size_t i = 0; i < inputs.size(); ++i) line.emplace_back(inputs[i], mean[i]);
  canvas.line(line, class_colour(1), /*thickness=*/2);
  Picture out = canvas.picture();
  out.description = axis_text(columns.at(0), across) + ", " + axis_text(columns.at(1), up);
  return out;
}

}  // namespace elbow::conjugate_plots
