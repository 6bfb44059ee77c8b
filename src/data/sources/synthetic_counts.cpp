#include <algorithm>
#include <cmath>
#include <limits>

#include "keyed_draws.h"
#include "synthetic_rows.h"

namespace elbow::data {
namespace {

// A mean far beyond what a table of counts has; above it a search by single counts would not end.
constexpr double kLargestMean = 1e6;

constexpr double kInfiniteCount = std::numeric_limits<double>::infinity();

/// The count whose distribution function a uniform number falls into, for a negative binomial with
/// this mean and variance mean + dispersion mean^2.
double negative_binomial_at(double uniform, double mean, double dispersion) {
  const double r = 1 / dispersion, ratio = mean / (r + mean);
  double log_mass = r * std::log(r / (r + mean)), below = std::exp(log_mass);
  double count = 0;
  // Fifty standard deviations up no mass is left, however the sum was rounded.
  const double last = mean + 50 * std::sqrt(mean + dispersion * mean * mean) + 50;
  while (below < uniform && count < last) {
    log_mass += std::log((count + r) / (count + 1) * ratio);
    below += std::exp(log_mass);
    ++count;
  }
  return count;
}

}  // namespace

RawData make_counts(const ConfigNode& config, std::uint64_t run_seed) {
  const std::int64_t size = config.integer("data_size"), latents = config.integer("latent_size");
  const double scale = config.number("latent_scale"), dispersion = config.number("dispersion"),
               zeros = config.number("zero_probability");
  const double largest =
      config.has("largest") ? static_cast<double>(config.integer("largest")) : kInfiniteCount;
  const KeyedDraws draws(
      derive_key(seed_of(config, "seed", run_seed), Purpose::synthetic, /*a=*/7));
  std::vector<double> means;
  std::vector<std::vector<double>> weights;
  for (std::int64_t d = 0; d < size; ++d) {
    means.push_back(config.number("mean") * std::exp(0.5 * draws.normal(0, d, 0)));
    std::vector<double> row;
    for (std::int64_t l = 0; l < latents; ++l)
      row.push_back(scale * draws.normal(1, d, l) / std::sqrt(static_cast<double>(latents)));
    weights.push_back(std::move(row));
  }
  const auto fill = [&](std::uint32_t stream, std::int64_t row, double* x) {
    for (std::int64_t d = 0; d < size; ++d) {
      double log_mean = std::log(means[static_cast<std::size_t>(d)]);
      for (std::int64_t l = 0; l < latents; ++l)
        log_mean += weights[static_cast<std::size_t>(d)][static_cast<std::size_t>(l)] *
                    draws.normal(stream, row, l);
      const double mean = std::min(std::exp(log_mean), kLargestMean);
      const bool is_zero = draws.uniform(stream + 1, row, 2 * d) < zeros;
      const double u = draws.uniform(stream + 1, row, 2 * d + 1);
      x[d] = is_zero ? 0 : std::min(negative_binomial_at(u, mean, dispersion), largest);
    }
  };
  RawData out = fill_splits(config, size, fill);
  out.info["means"] = means;
  out.info["weights"] = weights;
  out.info["dispersion"] = dispersion;
  out.info["zero_probability"] = zeros;
  return out;
}

}  // namespace elbow::data
