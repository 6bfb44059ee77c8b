#include "column_scales.h"

#include <ATen/TensorOperators.h>

#include "elbow/data/dataset/data_units.h"
#include "short_number.h"

namespace elbow {
namespace {

/// A value of this size saturates a unit whose weights are of the size of 1.
constexpr double kFar = 100;

}  // namespace

std::string far_column(const ConfigNode& config, const Dataset& dataset, const at::Tensor& x) {
  const ConfigNode data = config.child("data");
  if (!data.has("standardize") || data.boolean("standardize")) return "";
  if (dataset.is_corpus() || x.dim() != 2 || x.size(0) < 2) return "";
  const at::Tensor values = x.to(at::kCPU, at::kDouble);
  const at::Tensor sizes = values.square().mean(0).sqrt();
  const std::int64_t column = sizes.argmax().item<std::int64_t>();
  if (!(sizes[column].item<double>() > kFar)) return "";
  const auto names = event_columns(dataset.event_shape(), dataset.facts().value("columns", Json()));
  const at::Tensor own = values.select(1, column);
  return "column '" + names.at(static_cast<std::size_t>(column)) + "' has mean " +
         short_number(own.mean().item<double>()) + " and standard deviation " +
         short_number(own.std().item<double>());
}

}  // namespace elbow
