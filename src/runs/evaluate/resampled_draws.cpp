#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/inference/monte_carlo/chain_noise.h"
#include "elbow/runs/evaluate/posterior_draws.h"
#include "elbow/runs/evaluate/weight_statistics.h"

namespace elbow {

double pareto_k_of(const Tensor& log_weights) {
  const Tensor flat = log_weights.contiguous();
  const double* all = flat.const_data_ptr<double>();
  WeightStatistics weights(flat.numel());
  for (std::int64_t i = 0; i < flat.numel(); ++i) weights.add(all[i]);
  return weights.pareto_k();
}

LatentDraws importance_resampled(const LatentDraws& draws, std::int64_t count, std::uint64_t seed) {
  if (!draws.log_weights.defined())
    throw UsageError(
        "--resampled: draws of chains, of particles and of guides of networks have no "
        "importance weights here",
        "leave it out");
  const Tensor flat = draws.log_weights.contiguous();
  const double* begin = flat.const_data_ptr<double>();
  std::vector<double> weights(begin, begin + flat.numel());
  for (double& one : weights)
    if (!std::isfinite(one)) one = -INFINITY;
  weights = pareto_smoothed(std::move(weights));
  const double largest = *std::max_element(weights.begin(), weights.end());
  if (!std::isfinite(largest))
    throw NumericalError("no draw of the guide has a density", "train longer");
  double total = 0, squares = 0;
  for (double& one : weights) {
    one = std::exp(one - largest);
    total += one;
    squares += one * one;
  }
  // One uniform number, and then even steps through the cumulative weights.
  const double step = total / static_cast<double>(count);
  ChainNoise noise(derive_key(seed, Purpose::sampling, /*resampling=*/1));
  double next = noise.uniform() * step, sum = 0;
  std::vector<std::int64_t> taken;
  for (std::size_t i = 0; i < weights.size(); ++i)
    for (sum += weights[i]; next < sum && static_cast<std::int64_t>(taken.size()) < count;
         next += step)
      taken.push_back(static_cast<std::int64_t>(i));
  while (static_cast<std::int64_t>(taken.size()) < count) taken.push_back(taken.back());
  LatentDraws out = draws;
  const Tensor rows = at::tensor(taken, at::kLong);
  out.values = draws.values.index_select(1, rows);
  if (draws.statistics.defined()) out.statistics = draws.statistics.index_select(1, rows);
  out.log_weights = Tensor();
  out.is_resampled = true;
  // The draws that there were, by their weights, and then, of fewer, those that were taken.
  const double lost =
      std::max(0.0, 1 / static_cast<double>(count) - 1 / static_cast<double>(weights.size()));
  out.effective_draws = 1 / (squares / (total * total) + lost);
  return out;
}

}  // namespace elbow
