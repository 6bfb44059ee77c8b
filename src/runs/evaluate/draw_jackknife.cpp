#include "elbow/runs/evaluate/draw_jackknife.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

#include <cmath>
#include <limits>
#include <tuple>

namespace elbow {
namespace {

/// ln(1 - share) of each draw in the sum over draws. @param log_densities [T, B, G]
Tensor falls_without_each(const Tensor& log_densities) {
  const Tensor total = log_densities.logsumexp({0}, /*keepdim=*/true);
  const Tensor falls = (-(log_densities - total).exp()).log1p();
  // The largest may have all but a rounding of the sum: the others' own sum keeps the digits.
  const auto [largest, place] = log_densities.max(0, /*keepdim=*/true);
  const Tensor others = log_densities.scatter(0, place, -std::numeric_limits<double>::infinity())
                            .logsumexp({0}, /*keepdim=*/true);
  return falls.scatter(0, place, others - total);
}

}  // namespace

void DrawJackknife::add(const Tensor& log_densities) {
  const Tensor falls = falls_without_each(log_densities).sum(1), logs = log_densities.sum(1);
  falls_ = falls_.defined() ? falls_ + falls : falls;
  logs_ = logs_.defined() ? logs_ + logs : logs;
  count_ += log_densities.size(1);
}

JackknifeOfLogMean DrawJackknife::of_log_mean() const {
  const double draws = static_cast<double>(falls_.size(0));
  if (draws < 2)
    return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  const Tensor fall = falls_.mean(1) / static_cast<double>(count_);  // [T]
  const double mean = fall.mean().item<double>();
  return {(draws - 1) * (mean - std::log1p(-1 / draws)),
          (draws - 1) / draws * (fall - mean).square().sum().item<double>()};
}

double DrawJackknife::variance_of_mean_log(const Tensor& offsets) const {
  const double draws = static_cast<double>(logs_.size(0));
  if (draws < 2) return std::numeric_limits<double>::quiet_NaN();
  Tensor each = logs_ / static_cast<double>(count_);
  if (offsets.defined()) each = each - offsets;
  return each.mean(1).var(0, /*unbiased=*/true).item<double>() / draws;
}

}  // namespace elbow
