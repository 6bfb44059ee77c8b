#include "cli/common/value_facts.h"

#include <algorithm>
#include <cmath>

namespace elbow::cli {
namespace {

// Below so many rows the tails are unknown.
constexpr std::size_t kFewestRows = 50;
// Of a normal, over the median distance to the median.
constexpr double kDeviationOverMedianDistance = 1.4826;

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct ColumnFacts {
  double mean = 0, variance = 0;
  std::size_t outliers = 0, judged = 0;
};

ColumnFacts facts_of(const std::vector<double>& column) {
  ColumnFacts out;
  const auto count = static_cast<double>(column.size());
  for (const double value : column) out.mean += value / count;
  for (const double value : column)
    out.variance += (value - out.mean) * (value - out.mean) / std::max(1.0, count - 1);
  if (column.size() < kFewestRows) return out;
  const double median = median_of(column);
  std::vector<double> distances;
  for (const double value : column) distances.push_back(std::abs(value - median));
  const double limit = kOutlier * kDeviationOverMedianDistance * median_of(distances);
  // Where one value has the majority every other one would be an outlier.
  if (limit <= 0) return out;
  out.judged = column.size();
  for (const double distance : distances) out.outliers += distance > limit;
  return out;
}

}  // namespace

ValueFacts value_facts(const std::vector<float>& values, std::int64_t columns) {
  ValueFacts out;
  out.are_counts = std::all_of(values.begin(), values.end(), [](float v) {
    return std::isnan(v) || (v >= 0 && v == std::floor(v));
  });
  const auto size = static_cast<std::size_t>(columns), rows = values.size() / size;
  double means = 0, variances = 0;
  std::size_t outliers = 0, log_outliers = 0, judged = 0;
  const bool are_positive =
      std::all_of(values.begin(), values.end(), [](float v) { return std::isnan(v) || v > 0; });
  std::vector<double> column;
  for (std::size_t c = 0; c < size; ++c) {
    column.clear();
    for (std::size_t row = 0; row < rows; ++row)
      if (!std::isnan(values[row * size + c])) column.push_back(values[row * size + c]);
    const ColumnFacts facts = facts_of(column);
    means += facts.mean;
    variances += facts.variance;
    outliers += facts.outliers;
    judged += facts.judged;
    if (!are_positive) continue;
    for (double& value : column) value = std::log(value);
    log_outliers += facts_of(column).outliers;
  }
  if (means > 0) out.variance_over_mean = variances / means;
  if (judged > 0)
    out.share_of_outliers = static_cast<double>(outliers) / static_cast<double>(judged);
  if (judged > 0 && are_positive)
    out.share_of_log_outliers = static_cast<double>(log_outliers) / static_cast<double>(judged);
  return out;
}

}  // namespace elbow::cli
