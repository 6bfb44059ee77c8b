#include "student_t.h"

#include <cmath>
#include <limits>

namespace elbow {

namespace {

/// The continued fraction of the incomplete beta function, by the modified method of Lentz; fast
/// for x below (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr int kMostSteps = 100000;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), out = d;
  for (int m = 1; m < kMostSteps; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    out *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    out *= d * c;
    if (std::abs(d * c - 1) < 1e-16) break;
  }
  return out;
}

/// ln Gamma(a + b) - ln Gamma(a) - ln Gamma(b).
double minus_log_beta(double a, double b) {
  if (b == 0.5) return log_gamma_half_step(a) - std::lgamma(0.5);
  if (a == 0.5) return log_gamma_half_step(b) - std::lgamma(0.5);
  return std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b);
}

/// P(|T| > x), x >= 0.
double student_t_outside(double x, double dof) {
  // By whichever of x^2 and dof is small beside the other: their sum would round it away.
  const double square = x * x;
  if (square > dof) return incomplete_beta(0.5 * dof, 0.5, dof / (dof + square));
  return 1 - incomplete_beta(0.5, 0.5 * dof, square / (dof + square));
}

}  // namespace

double log_gamma_half_step(double a) {
  if (a < 20) return std::lgamma(a + 0.5) - std::lgamma(a);
  // Stirling's series of both; the next term is below 1e-14 at 20.
  const double r = 1 / a, square = r * r;
  return 0.5 * std::log(a) +
         r * (-1.0 / 8 + square * (1.0 / 192 + square * (-1.0 / 640 + square * 17.0 / 14336)));
}

double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(a * std::log(x) + b * std::log1p(-x) + minus_log_beta(a, b));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_t_cdf(double x, double dof) {
  const double tail = 0.5 * student_t_outside(std::abs(x), dof);
  return x > 0 ? 1 - tail : tail;
}

double student_t_half_width(double mass, double dof) {
  double low = 0, high = 1;
  while (student_t_outside(high, dof) > 1 - mass && std::isfinite(high)) high *= 2;
  // Bisection to the last bit: the function is monotone, and this is asked once a call.
  while (true) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) return middle;
    (student_t_outside(middle, dof) > 1 - mass ? low : high) = middle;
  }
}

}  // namespace elbow
