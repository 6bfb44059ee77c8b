#include "elbow/data/dataset/data_units.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <numeric>

#include "elbow/data/dataset/dataset.h"

namespace elbow {

DataUnits::DataUnits(const Json& moments,
                     const std::vector<std::int64_t>& event_shape,
                     std::int64_t num_responses) {
  if (!moments.is_object() || !moments.contains("standard_deviation")) return;
  mean_ = at::tensor(moments.at("mean").get<std::vector<double>>(), at::kDouble);
  deviation_ = at::tensor(moments.at("standard_deviation").get<std::vector<double>>(), at::kDouble);
  const std::int64_t size = num_elements(event_shape), width = event_shape.back();
  const Tensor all = deviation_.log().repeat({size / deviation_.size(0)});
  log_scale_ = all;
  if (num_responses == 0) return;
  log_scale_ = at::zeros_like(all);
  const std::int64_t groups = size / width;
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::int64_t last = (g + 1) * width - 1;
    log_scale_[last] = all[last] / static_cast<double>(groups);
  }
}

DataUnits DataUnits::of(const Dataset& dataset) {
  return {dataset.raw().info, dataset.event_shape(), dataset.num_responses()};
}

Tensor DataUnits::in_file(const Tensor& events) const {
  if (are_shown()) return events;
  const Tensor values = events.to(at::kCPU, at::kDouble);
  const Tensor rows = values.reshape({-1, mean_.size(0)});
  return (rows * deviation_ + mean_).reshape(values.sizes());
}

double DataUnits::in_file(double value, std::size_t column) const {
  if (are_shown()) return value;
  const auto at = static_cast<std::int64_t>(column);
  return value * deviation_[at].item<double>() + mean_[at].item<double>();
}

Tensor DataUnits::log_volume(const Batch& batch) const {
  if (are_shown()) return at::zeros({batch.size()}, at::kDouble);
  const Tensor is_there =
      (batch.seen.defined() ? batch.seen : batch.x.isfinite()).to(at::kCPU).flatten(1);
  return at::where(is_there, log_scale_, at::zeros_like(log_scale_)).sum(1);
}

LogVolumes::LogVolumes(const Dataset& dataset)
    : dataset_(dataset), units_(DataUnits::of(dataset)) {}

const std::vector<double>& LogVolumes::of(const std::string& split) {
  constexpr std::int64_t kRows = 4096;
  std::vector<double>& out = values_[split];
  const std::int64_t size = dataset_.size(split);
  for (auto begin = static_cast<std::int64_t>(out.size()); begin < size; begin += kRows) {
    const auto rows = row_range(begin, std::min(size, begin + kRows));
    const Tensor volume = units_.log_volume(dataset_.batch(split, rows, /*epoch=*/0)).contiguous();
    const double* first = volume.const_data_ptr<double>();
    out.insert(out.end(), first, first + volume.numel());
  }
  return out;
}

double LogVolumes::mean(const std::string& split, const std::vector<std::int64_t>& rows) {
  if (units_.are_shown() || rows.empty()) return 0;
  const std::vector<double>& values = of(split);
  double sum = 0;
  for (const std::int64_t row : rows) sum += values[static_cast<std::size_t>(row)];
  return sum / static_cast<double>(rows.size());
}

double LogVolumes::mean(const std::string& split) {
  if (units_.are_shown()) return 0;
  const std::vector<double>& values = of(split);
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

bool LogVolumes::changes(const std::string& quantity) {
  for (const char* one : {"elbo",
                          "relaxed_elbo",
                          "reconstruction",
                          "objective",
                          "expected_log_joint",
                          "log_predictive",
                          "log_joint"})
    if (quantity == one) return true;
  return false;
}

std::vector<std::string> event_columns(const std::vector<std::int64_t>& event_shape,
                                       const Json& columns) {
  const auto width = static_cast<std::size_t>(event_shape.empty() ? 1 : event_shape.back());
  const bool is_sequence = event_shape.size() == 2;
  const auto size = static_cast<std::size_t>(num_elements(event_shape));
  const bool are_named = event_shape.size() <= 2 && columns.is_array() && columns.size() == width;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t column = is_sequence ? i % width : i;
    out.push_back(are_named ? columns[column].get<std::string>() : "x_" + std::to_string(column));
    if (is_sequence) out.back() += "_step_" + std::to_string(i / width);
  }
  return out;
}

}  // namespace elbow
