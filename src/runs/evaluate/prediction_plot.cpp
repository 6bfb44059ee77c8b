#include <ATen/TensorOperators.h>

#include "conjugate_plots.h"

namespace elbow::conjugate_plots {

namespace {

constexpr int kPredictionWidth = 640, kPredictionHeight = 420;
constexpr Rgb kPoint{100, 110, 120}, kExact{60, 60, 60};

std::vector<std::pair<double, double>> pairs_of(const std::vector<double>& x, const Tensor& y) {
  const std::vector<double> values = numbers_of(y);
  std::vector<std::pair<double, double>> out;
  for (std::size_t i = 0; i < x.size(); ++i) out.emplace_back(x[i], values[i]);
  return out;
}

/// Room for the examples and, as far as that is decent, for the bands.
class RegressionCanvas {
 public:
  RegressionCanvas(const Tensor& points,
                   const std::vector<double>& inputs,
                   const std::vector<Tensor>& edges,
                   const Axes& axes)
      : x_(numbers_of(points.select(1, 0))),
        y_(numbers_of(points.select(1, 1))),
        inputs_(inputs),
        across_{inputs.front(), inputs.back()},
        up_(range_of(y_).widened_to(range_of(joined(edges))).with_margin(0.05)),
        canvas_(kPredictionWidth, kPredictionHeight, across_, up_),
        axes_(axes) {}

  void band(const Tensor& lower, const Tensor& upper, const Rgb& colour, double alpha) {
    canvas_.band(inputs_, numbers_of(lower), numbers_of(upper), colour, alpha);
  }
  void line(const Tensor& values, const Rgb& colour, int thickness) {
    canvas_.line(pairs_of(inputs_, values), colour, thickness);
  }
  void points() {
    canvas_.axes();
    for (std::size_t i = 0; i < x_.size(); ++i)
      canvas_.point(x_[i], y_[i], kPoint, /*radius=*/2, /*alpha=*/0.6);
  }
  Picture picture() const {
    Picture out = canvas_.picture();
    out.description = axis_text(axes_, 0, across_) + ", " + axis_text(axes_, 1, up_);
    return out;
  }

 private:
  static std::vector<double> joined(const std::vector<Tensor>& parts) {
    std::vector<double> out;
    for (const auto& part : parts)
      for (const double value : numbers_of(part)) out.push_back(value);
    return out;
  }
  std::vector<double> x_, y_;
  const std::vector<double>& inputs_;
  DataRange across_, up_;
  Canvas canvas_;
  const Axes& axes_;
};

}  // namespace

Picture prediction(const Tensor& points,
                   const std::vector<double>& inputs,
                   const Prediction& prediction,
                   const Axes& axes) {
  RegressionCanvas canvas(points, inputs, {prediction.lower, prediction.upper}, axes);
  canvas.band(prediction.lower, prediction.upper, class_colour(0), /*alpha=*/0.2);
  canvas.points();
  canvas.line(prediction.mean, class_colour(1), /*thickness=*/2);
  return canvas.picture();
}

Picture posterior_bands(const Tensor& points,
                        const std::vector<double>& inputs,
                        const FunctionBands& bands,
                        const Axes& axes) {
  RegressionCanvas canvas(
      points, inputs, {bands.lower, bands.upper, bands.exact_lower, bands.exact_upper}, axes);
  canvas.points();
  canvas.band(bands.exact_lower, bands.exact_upper, kExact, /*alpha=*/0.35);
  canvas.band(bands.lower, bands.upper, class_colour(0), /*alpha=*/0.35);
  for (const Tensor& edge : {bands.exact_lower, bands.exact_upper})
    canvas.line(edge, kExact, /*thickness=*/1);
  for (const Tensor& edge : {bands.lower, bands.upper})
    canvas.line(edge, class_colour(0), /*thickness=*/1);
  canvas.line(bands.exact_mean, kExact, /*thickness=*/3);
  canvas.line(bands.mean, class_colour(1), /*thickness=*/1);
  return canvas.picture();
}

}  // namespace elbow::conjugate_plots
