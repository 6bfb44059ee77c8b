#include <cmath>
#include <cstdio>
#include <memory>

#include "classical.h"
#include "elbow/kernels/mixture_pass.h"

namespace elbow::benchmark {
namespace {

struct Mixture {
  std::vector<double> x, log_weights, means, factors, normalisers, counts, sums, outer;

  explicit Mixture(const Settings& s)
      : x(s.num_rows * s.num_features),
        log_weights(s.num_components),
        means(s.num_components * s.num_features),
        factors(means.size() * s.num_features),
        normalisers(s.num_rows),
        counts(s.num_components),
        sums(means.size()),
        outer(factors.size()) {
    for (std::size_t i = 0; i < means.size(); ++i)
      means[i] = 8.0 * (spread_number(i, kSquareRoot) - 0.5);
    for (std::size_t i = 0; i < x.size(); ++i) {
      // Row n belongs to component n modulo K; the spread is uniform with variance near 1.
      x[i] = means[i % means.size()] + 3.4 * (spread_number(i, kGolden) - 0.5);
    }
    const double density =
        -0.5 * static_cast<double>(s.num_features) * std::log(2.0 * std::acos(-1.0));
    for (double& value : log_weights)
      value = density - std::log(static_cast<double>(s.num_components));
    const std::size_t d = s.num_features;
    for (std::size_t i = 0; i < means.size(); ++i) factors[i / d * d * d + i % d * (d + 1)] = 1.0;
  }

  void pass(const Settings& s) {
    kernels::mixture_pass({s.num_rows,
                           s.num_features,
                           s.num_components,
                           x.data(),
                           nullptr,
                           log_weights.data(),
                           means.data(),
                           factors.data(),
                           /*is_diagonal=*/false,
                           nullptr,
                           normalisers.data(),
                           counts.data(),
                           sums.data(),
                           outer.data(),
                           nullptr});
  }
};

}  // namespace

double mixture_flops(const Settings& settings) {
  // For each row and component: the triangle of U and the squares, then the triangle of x x^T, x
  // and 1, as multiply-adds.
  const double d = static_cast<double>(settings.num_features);
  return 2.0 * static_cast<double>(settings.num_rows * settings.num_components) *
         (d * (d + 1) + 2 * d + 1);
}

std::function<void()> mixture_job(const Settings& settings) {
  const auto mixture = std::make_shared<Mixture>(settings);
  return [=] { mixture->pass(settings); };
}

void run_mixture(const Settings& settings) {
  Mixture mixture(settings);
  std::printf("Mixture, full covariance: N = %lld, D = %lld, K = %lld\n",
              settings.num_rows,
              settings.num_features,
              settings.num_components);
  const Spread time = time_job(settings.repeats, [&] { mixture.pass(settings); });
  const double flops = mixture_flops(settings);
  double total = 0.0;
  for (const double value : mixture.normalisers) total += value;
  std::printf("  %-12s %8.2f ms (%.2f - %.2f), %6.1f GFLOP/s\n",
              "pass",
              1e3 * time.median,
              1e3 * time.lowest,
              1e3 * time.highest,
              1e-9 * flops / time.median);
  std::printf("  mean log density %.12g\n", total / static_cast<double>(settings.num_rows));
}

}  // namespace elbow::benchmark
