#include "univariate_draws.h"

#include <cmath>

#include "elbow/foundations/core/philox.h"

namespace elbow::programs {
namespace {

constexpr double kTwoPi = 6.28318530717958647693;

// By inversion, from the mass at 0 on; for small means.
double poisson_by_inversion(double rate, Draws& draws) {
  double mass = std::exp(-rate), rest = draws.uniform() - mass, n = 0;
  while (rest > 0 && n < 200) {
    mass *= rate / ++n;
    rest -= mass;
  }
  return n;
}

double binomial_by_inversion(double trials, double p, Draws& draws) {
  const double odds = p / (1 - p);
  double mass = std::exp(trials * std::log1p(-p)), rest = draws.uniform() - mass, n = 0;
  while (rest > 0 && n < trials) {
    mass *= odds * (trials - n) / (n + 1);
    ++n;
    rest -= mass;
  }
  return n;
}

// A proposal of the two transformed rejections of Hörmann, "The transformed rejection method for
// generating Poisson random variables" and "The generation of binomial random variates", both 1993.
struct Hat {
  double a, b, inverse_alpha;

  double point(double u, double centre) const {
    return std::floor((2 * a / (0.5 - std::abs(u)) + b) * u + centre);
  }
  double log_ratio(double u, double v) const {
    const double us = 0.5 - std::abs(u);
    return std::log(v * inverse_alpha / (a / (us * us) + b));
  }
};

double poisson_by_rejection(double rate, Draws& draws) {
  const double b = 0.931 + 2.53 * std::sqrt(rate);
  const Hat hat = {-0.059 + 0.02483 * b, b, 1.1239 + 1.1328 / (b - 3.4)};
  while (true) {
    const double u = draws.uniform() - 0.5, v = draws.uniform();
    const double n = hat.point(u, rate + 0.43);
    if (n < 0) continue;
    if (hat.log_ratio(u, v) <= n * std::log(rate) - rate - std::lgamma(n + 1)) return n;
  }
}

double binomial_by_rejection(double trials, double p, Draws& draws) {
  const double deviation = std::sqrt(trials * p * (1 - p));
  const double b = 1.15 + 2.53 * deviation;
  const Hat hat = {-0.0873 + 0.0248 * b + 0.01 * p, b, (2.83 + 5.1 / b) * deviation};
  const double mode = std::floor((trials + 1) * p), log_odds = std::log(p) - std::log1p(-p);
  const double height = std::lgamma(mode + 1) + std::lgamma(trials - mode + 1);
  while (true) {
    const double u = draws.uniform() - 0.5, v = draws.uniform();
    const double n = hat.point(u, trials * p + 0.5);
    if (n < 0 || n > trials) continue;
    const double log_mass =
        height - std::lgamma(n + 1) - std::lgamma(trials - n + 1) + (n - mode) * log_odds;
    if (hat.log_ratio(u, v) <= log_mass) return n;
  }
}

}  // namespace

double Draws::uniform() {
  const auto bits = philox(
      key_, {static_cast<std::uint32_t>(count_), static_cast<std::uint32_t>(count_ >> 32), 0, 0});
  ++count_;
  return uniform_from_bits(bits[0], bits[1]);
}

double Draws::normal() {
  const double radius = std::sqrt(-2 * std::log(uniform()));
  return radius * std::cos(kTwoPi * uniform());
}

double Draws::gamma(double shape) { return std::exp(draw_log_gamma(shape, *this)); }

double draw_log_gamma(double shape, Draws& draws) {
  // Below 1: a draw of shape + 1 times u^(1 / shape).
  if (shape < 1) {
    const double boost = std::log(draws.uniform()) / shape;
    return draw_log_gamma(shape + 1, draws) + boost;
  }
  const double d = shape - 1.0 / 3, step = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = draws.normal(), y = x * step;
    if (y <= -1) continue;
    // x^2 / 2 + d - d v + d log v with v = (1 + y)^3; large d lose nothing to d - d v.
    const double log_root = std::log1p(y);
    const double bound = x * x / 2 + d * (3 * (log_root - y) - 3 * y * y - y * y * y);
    if (std::log(draws.uniform()) < bound) return std::log(d) + 3 * log_root;
  }
}

double draw_exponential(Draws& draws) { return -std::log(draws.uniform()); }

double draw_logistic(Draws& draws) {
  const double u = draws.uniform();
  return std::log(u) - std::log1p(-u);
}

double draw_beta(double a, double b, Draws& draws) {
  const double log_x = draw_log_gamma(a, draws), log_y = draw_log_gamma(b, draws);
  return 1 / (1 + std::exp(log_y - log_x));
}

double draw_poisson(double rate, Draws& draws) {
  if (!(rate > 0)) return 0;
  return rate < 10 ? poisson_by_inversion(rate, draws) : poisson_by_rejection(rate, draws);
}

double draw_binomial(double trials, double probability, Draws& draws) {
  if (probability > 0.5) return trials - draw_binomial(trials, 1 - probability, draws);
  if (!(probability > 0) || trials < 1) return 0;
  return trials * probability < 10 ? binomial_by_inversion(trials, probability, draws)
                                   : binomial_by_rejection(trials, probability, draws);
}

}  // namespace elbow::programs
