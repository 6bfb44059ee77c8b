#include <algorithm>
#include <cmath>
#include <numeric>

#include "elbow/foundations/core/gaussian_mixture.h"
#include "keyed_draws.h"
#include "synthetic_rows.h"

namespace elbow::data {
namespace {

/// Exact mean log density of each split: what a density model can reach at best, in nats.
Json mean_log_densities(const RawData& data, const GaussianMixture& mixture) {
  Json out = Json::object();
  for (const auto& [name, split] : data.splits) {
    const std::int64_t rows = split.images.shape[0];
    double sum = 0;
    for (std::int64_t row = 0; row < rows; ++row)
      sum += mixture.log_density(split.images.as<double>() + row * mixture.size);
    out[name] = sum / static_cast<double>(rows);
  }
  return out;
}

/// The component that a uniform number falls into.
std::size_t component_at(const std::vector<double>& upper, double uniform) {
  const auto found = std::upper_bound(upper.begin(), upper.end(), uniform);
  // The sum of all weights may round to less than a draw.
  return std::min(static_cast<std::size_t>(found - upper.begin()), upper.size() - 1);
}

}  // namespace

RawData make_mixture(const ConfigNode& config, std::uint64_t run_seed) {
  const GaussianMixture mixture = read_gaussian_mixture(config);
  std::vector<double> upper = mixture.weights;
  std::partial_sum(upper.begin(), upper.end(), upper.begin());
  const KeyedDraws draws(
      derive_key(seed_of(config, "seed", run_seed), Purpose::synthetic, /*a=*/2));
  const auto fill = [&](std::uint32_t stream, std::int64_t row, double* x) {
    const std::size_t m = component_at(upper, draws.uniform(stream, row, 0));
    for (std::int64_t d = 0; d < mixture.size; ++d)
      x[d] = mixture.means[m][static_cast<std::size_t>(d)] +
             mixture.scales[m] * draws.normal(stream + 1, row, d);
  };
  RawData out = fill_splits(config, mixture.size, fill);
  out.info["means"] = mixture.means;
  out.info["scales"] = mixture.scales;
  out.info["weights"] = mixture.weights;
  out.info["mean_log_density"] = mean_log_densities(out, mixture);
  out.log_density = [mixture](const double* x) { return mixture.log_density(x); };
  return out;
}

RawData make_two_moons(const ConfigNode& config, std::uint64_t run_seed) {
  constexpr double kPi = 3.14159265358979323846;
  const double noise = config.number("noise");
  const KeyedDraws draws(
      derive_key(seed_of(config, "seed", run_seed), Purpose::synthetic, /*a=*/3));
  const auto fill = [&](std::uint32_t stream, std::int64_t row, double* x) {
    const bool is_upper = draws.uniform(stream, row, 0) < 0.5;
    const double angle = kPi * draws.uniform(stream, row, 1);
    x[0] = is_upper ? std::cos(angle) : 1.0 - std::cos(angle);
    x[1] = is_upper ? std::sin(angle) : 0.5 - std::sin(angle);
    for (int d = 0; d < 2; ++d) x[d] += noise * draws.normal(stream + 1, row, d);
  };
  return fill_splits(config, 2, fill);
}

}  // namespace elbow::data
