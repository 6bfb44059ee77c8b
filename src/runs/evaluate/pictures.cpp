#include "elbow/runs/evaluate/pictures.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/runs/evaluate/sampler.h"

namespace elbow {

std::vector<std::int64_t> picture_shape(const Shape& event_shape) {
  if (event_shape.size() == 3) return event_shape;
  // Two dimensions are steps and features of a sequence, which is no picture.
  if (event_shape.size() != 1) return {};
  const auto side =
      static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(event_shape[0]))));
  if (side < 4 || side * side != event_shape[0]) return {};
  return {1, side, side};
}

Picture tensor_grid(const Tensor& events, const Shape& event_shape, int columns) {
  const auto shape = picture_shape(event_shape);
  Tensor values = events.detach().to(at::kCPU, at::kFloat).contiguous();
  const float low = values.min().item<float>(), high = values.max().item<float>();
  if (low < 0 || high > 1) values = ((values - low) / std::max(high - low, 1e-12f)).contiguous();
  return image_grid(values.const_data_ptr<float>(),
                    static_cast<int>(events.size(0)),
                    static_cast<int>(shape[0]),
                    static_cast<int>(shape[1]),
                    static_cast<int>(shape[2]),
                    columns);
}

void check_grid(std::int64_t count, const Shape& event_shape, int columns) {
  const auto shape = picture_shape(event_shape);
  const double rows = std::ceil(static_cast<double>(count) / columns);
  const double height = rows * static_cast<double>(shape[1]),
               width = static_cast<double>(columns) * static_cast<double>(shape[2]);
  if (std::max(height, width) > kMaxPictureSide)
    throw UsageError("a grid of " + std::to_string(count) + " pictures in rows of " +
                         std::to_string(columns) + " has more than " +
                         std::to_string(kMaxPictureSide) + " pixels on a side",
                     "ask for fewer; elbow sample writes any number to a .npy or .csv file");
}

Tensor draw_samples(Sampler& sampler, std::int64_t n, const SampleOptions& options) {
  std::vector<Tensor> parts;
  sampler.each_sample(n, options, [&parts](const Tensor& part) { parts.push_back(part); });
  const c10::InferenceMode inference;
  return at::cat(parts);
}

Tensor interleave_rows(const Tensor& inputs, const Tensor& outputs, int columns) {
  std::vector<Tensor> rows;
  for (std::int64_t begin = 0; begin < inputs.size(0); begin += columns) {
    const std::int64_t count = std::min<std::int64_t>(columns, inputs.size(0) - begin);
    for (const Tensor& part : {inputs.narrow(0, begin, count), outputs.narrow(0, begin, count)}) {
      rows.push_back(part);
      // A short last row is filled with blanks, so that each reconstruction stays under its input.
      if (count < columns)
        rows.push_back(at::zeros_like(part[0]).unsqueeze(0).repeat_interleave(columns - count, 0));
    }
  }
  return at::cat(rows);
}

Tensor traverse(Decoder& decoder,
                const Tensor& base,
                const std::vector<std::int64_t>& units,
                int steps,
                double range) {
  const c10::InferenceMode inference;
  const Tensor values = at::linspace(-range, range, steps, base.options());
  std::vector<Tensor> rows;
  for (const auto unit : units) {
    Tensor z = base.unsqueeze(0).repeat_interleave(steps, 0).clone();
    z.select(1, unit).copy_(values);
    rows.push_back(decoder.decode(z)->location());
  }
  return at::cat(rows);
}

}  // namespace elbow
