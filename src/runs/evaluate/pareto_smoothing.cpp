#include <algorithm>
#include <cmath>
#include <numeric>

#include "elbow/runs/evaluate/weight_statistics.h"

namespace elbow {
namespace {

/// The quantile of a generalised Pareto distribution that begins at 0.
double quantile_at(double share, const GeneralisedPareto& tail) {
  if (std::abs(tail.shape) < 1e-12) return -tail.scale * std::log1p(-share);
  return tail.scale * std::expm1(-tail.shape * std::log1p(-share)) / tail.shape;
}

}  // namespace

std::vector<double> pareto_smoothed(std::vector<double> log_weights) {
  constexpr std::size_t kFewest = 25, kFewestInTail = 5;
  const std::size_t count = log_weights.size();
  if (count < kFewest) return log_weights;
  const auto size = static_cast<std::size_t>(
      std::min(0.2 * static_cast<double>(count), 3 * std::sqrt(static_cast<double>(count))));
  if (size < kFewestInTail) return log_weights;
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return log_weights[a] < log_weights[b];
  });
  const double largest = log_weights[order.back()], cut = log_weights[order[count - size - 1]];
  if (!std::isfinite(largest) || !std::isfinite(cut)) return log_weights;
  std::vector<double> exceedances;
  for (std::size_t i = count - size; i < count; ++i)
    exceedances.push_back(std::exp(log_weights[order[i]] - largest) - std::exp(cut - largest));
  // Equal weights have no tail.
  if (exceedances.front() <= 0) return log_weights;
  const GeneralisedPareto tail = fit_generalised_pareto(exceedances);
  if (!std::isfinite(tail.shape) || !std::isfinite(tail.scale)) return log_weights;
  for (std::size_t i = 0; i < size; ++i) {
    const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(size);
    const double weight = quantile_at(share, tail) + std::exp(cut - largest);
    log_weights[order[count - size + i]] = largest + std::min(0.0, std::log(weight));
  }
  return log_weights;
}

}  // namespace elbow
