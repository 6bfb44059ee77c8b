#include <cmath>

#include "keyed_draws.h"
#include "synthetic_rows.h"

namespace elbow::data {

RawData make_regression(const ConfigNode& config, std::uint64_t run_seed) {
  const std::int64_t features = config.integer("features"), groups = config.integer("groups");
  const double noise = config.number("noise_scale");
  const bool is_grouped = groups > 1;
  const KeyedDraws draws(
      derive_key(seed_of(config, "seed", run_seed), Purpose::synthetic, /*a=*/5));
  std::vector<double> slopes, intercepts;
  for (std::int64_t d = 0; d < features; ++d) slopes.push_back(draws.normal(0, 0, d));
  for (std::int64_t g = 0; g < groups; ++g) intercepts.push_back(draws.normal(1, 0, g));
  const auto fill = [&](std::uint32_t stream, std::int64_t row, double* x) {
    std::int64_t group = 0;
    if (is_grouped) {
      group = static_cast<std::int64_t>(draws.uniform(stream, row, features) *
                                        static_cast<double>(groups));
      *x++ = static_cast<double>(group);
    }
    double response =
        intercepts[static_cast<std::size_t>(group)] + noise * draws.normal(stream + 1, row, 0);
    for (std::int64_t d = 0; d < features; ++d) {
      x[d] = 2.0 * draws.uniform(stream, row, d) - 1.0;
      response += slopes[static_cast<std::size_t>(d)] * x[d];
    }
    x[features] = response;
  };
  RawData out = fill_splits(config, features + 1 + (is_grouped ? 1 : 0), fill);
  out.num_responses = 1;
  out.info["slopes"] = slopes;
  out.info["intercepts"] = intercepts;
  return out;
}

RawData make_classification(const ConfigNode& config, std::uint64_t run_seed) {
  const std::int64_t features = config.integer("features");
  const KeyedDraws draws(
      derive_key(seed_of(config, "seed", run_seed), Purpose::synthetic, /*a=*/6));
  std::vector<double> slopes;
  for (std::int64_t d = 0; d < features; ++d)
    slopes.push_back(config.number("slope_scale") * draws.normal(0, 0, d));
  const double intercept = draws.normal(1, 0, 0);
  const auto fill = [&](std::uint32_t stream, std::int64_t row, double* x) {
    double log_odds = intercept;
    for (std::int64_t d = 0; d < features; ++d) {
      x[d] = 2.0 * draws.uniform(stream, row, d) - 1.0;
      log_odds += slopes[static_cast<std::size_t>(d)] * x[d];
    }
    x[features] = draws.uniform(stream, row, features) < 1 / (1 + std::exp(-log_odds)) ? 1 : 0;
  };
  RawData out = fill_splits(config, features + 1, fill);
  out.num_responses = 1;
  out.info["slopes"] = slopes;
  out.info["intercept"] = intercept;
  return out;
}

}  // namespace elbow::data
