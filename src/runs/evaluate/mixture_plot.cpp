#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <cmath>

#include "conjugate_plots.h"

namespace elbow::conjugate_plots {

namespace {

constexpr int kMixtureWidth = 640, kMixtureHeight = 480;

/// mean + scale L (cos a, sin a) around the circle, where L L^T is the covariance; points that are
/// not finite where it is not positive definite.
std::vector<std::pair<double, double>> ellipse(const ClassShape& shape, double scale) {
  constexpr int kCorners = 120;
  const auto mean = numbers_of(shape.mean), covariance = numbers_of(shape.covariance);
  const double first = std::sqrt(covariance[0]), shear = covariance[2] / first;
  const double second = std::sqrt(covariance[3] - shear * shear);
  std::vector<std::pair<double, double>> out;
  for (int i = 0; i <= kCorners; ++i) {
    const double angle = 2.0 * M_PI * i / kCorners, c = std::cos(angle), s = std::sin(angle);
    out.emplace_back(mean[0] + scale * first * c, mean[1] + scale * (shear * c + second * s));
  }
  return out;
}

/// The range of the data in one coordinate, with room for the ellipses.
DataRange shown(const std::vector<double>& data,
                const std::vector<const ClassShape*>& shapes,
                std::size_t axis) {
  std::vector<double> ends;
  for (const ClassShape* shape : shapes) {
    const double mean = numbers_of(shape->mean)[axis];
    const double reach = 2.0 * std::sqrt(numbers_of(shape->covariance)[3 * axis]);
    ends.insert(ends.end(), {mean - reach, mean + reach});
  }
  const DataRange own = range_of(data);
  return (ends.empty() ? own : own.widened_to(range_of(ends))).with_margin(0.05);
}

void draw_class(Canvas& canvas, const ClassShape& shape, const Rgb& colour) {
  const auto mean = numbers_of(shape.mean);
  canvas.line(ellipse(shape, 2.0), darker(colour), /*thickness=*/1);
  canvas.line(ellipse(shape, 1.0), darker(colour), /*thickness=*/2);
  canvas.point(mean[0], mean[1], darker(colour), /*radius=*/4);
}

/// The colour of each class: the heaviest has the first, so that few classes of many do not share
/// one.
std::vector<Rgb> colours_by_weight(const std::vector<ClassShape>& shapes) {
  std::vector<std::size_t> order(shapes.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return shapes[a].weight > shapes[b].weight;
  });
  std::vector<Rgb> out(shapes.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) out[order[rank]] = class_colour(rank);
  return out;
}

}  // namespace

Tensor most_probable_classes(const ConjugateModel& model, const Globals& globals, const Tensor& x) {
  // Responsibilities of all examples would not fit for many classes.
  constexpr std::int64_t kAtOnce = 500;
  std::vector<Tensor> out;
  for (std::int64_t begin = 0; begin < x.size(0); begin += kAtOnce) {
    const Tensor some = x.narrow(0, begin, std::min(kAtOnce, x.size(0) - begin));
    out.push_back(model.encode(some, globals).front().second.argmax(-1));
  }
  return at::cat(out);
}

Picture mixture(const Tensor& points,
                const Tensor& classes,
                const std::vector<ClassShape>& shapes,
                double least_weight,
                const Axes& axes) {
  const auto x = numbers_of(points.select(1, 0)), y = numbers_of(points.select(1, 1));
  const auto class_of = numbers_of(classes);
  std::vector<const ClassShape*> drawn;
  for (const ClassShape& shape : shapes)
    if (shape.weight >= least_weight) drawn.push_back(&shape);
  const DataRange across = shown(x, drawn, 0), up = shown(y, drawn, 1);
  const auto colours = colours_by_weight(shapes);
  Canvas canvas(kMixtureWidth, kMixtureHeight, across, up);
  canvas.axes();
  for (std::size_t i = 0; i < x.size(); ++i)
    canvas.point(
        x[i], y[i], colours.at(static_cast<std::size_t>(class_of[i])), /*radius=*/2, /*alpha=*/0.6);
  for (std::size_t k = 0; k < shapes.size(); ++k)
    if (shapes[k].weight >= least_weight) draw_class(canvas, shapes[k], colours[k]);
  Picture out = canvas.picture();
  out.description = axis_text(axes, 0, across) + ", " + axis_text(axes, 1, up);
  return out;
}

}  // namespace elbow::conjugate_plots
