#include "elbow/inference/monte_carlo/iterates.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "elbow/inference/monte_carlo/diagnostics.h"

namespace elbow {

double r_hat_of_halves(const Tensor& series) {
  const std::int64_t n = series.size(0) / 2;
  const Tensor first = series.narrow(0, series.size(0) - 2 * n, n),
               second = series.narrow(0, series.size(0) - n, n);
  const double within = 0.5 * (first.var().item<double>() + second.var().item<double>());
  const double apart = first.mean().item<double>() - second.mean().item<double>();
  const auto count = static_cast<double>(n);
  const double pooled = within * (count - 1) / count + 0.5 * apart * apart;
  if (within == 0) return pooled == 0 ? 1 : INFINITY;
  return std::sqrt(pooled / within);
}

std::optional<IterateWindow> stationary_window(const Tensor& values,
                                               double limit,
                                               std::int64_t fewest) {
  for (const double share : {1.0, 0.85, 0.7, 0.55, 0.4}) {
    const auto count = static_cast<std::int64_t>(share * static_cast<double>(values.size(0)));
    if (count < fewest) return std::nullopt;
    const Tensor end = values.narrow(0, values.size(0) - count, count);
    double worst = 0;
    for (std::int64_t i = 0; i < end.size(1) && worst <= limit; ++i)
      worst = std::max(worst, r_hat_of_halves(end.select(1, i)));
    if (worst <= limit) return IterateWindow{values.size(0) - count, worst};
  }
  return std::nullopt;
}

Tensor errors_of_means(const Tensor& values) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < values.size(1); ++i) {
    const Tensor series = values.select(1, i).unsqueeze(0).contiguous();
    const bool is_constant = (series == series[0][0]).all().item<bool>();
    out.push_back(is_constant ? 0 : mcse_of_mean(series));
  }
  return at::tensor(out, at::kDouble);
}

}  // namespace elbow
