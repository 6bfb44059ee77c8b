#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <limits>

namespace elbow::programs {

using at::Tensor;

constexpr double kLogTwo = 0.69314718055994530942;

/// Where a value lies between two ends, and a value that is safe to calculate with where it does
/// not: a branch that is not taken must have finite derivatives too.
struct Span {
  /// Inside is low < y < high.
  Span(const Tensor& y,
       double safe,
       double low = -std::numeric_limits<double>::infinity(),
       double high = std::numeric_limits<double>::infinity());
  Span(const Tensor& y, double safe, Tensor is_inside, Tensor is_above);

  Tensor inside, above;
  Tensor value;  ///< y inside, the safe value elsewhere

  Tensor density(const Tensor& log_density) const;  ///< -inf outside
  Tensor cdf(const Tensor& log_cdf) const;          ///< -inf below, 0 above
  Tensor ccdf(const Tensor& log_ccdf) const;        ///< 0 below, -inf above
};

/// What a density proportional to y^(power - 1) at its edge is there: +inf, `at_one` or -inf for a
/// power below, at or above 1; elsewhere `otherwise`.
Tensor at_power_edge(const Tensor& is_edge,
                     const Tensor& power,
                     const Tensor& at_one,
                     const Tensor& otherwise);

/// What Stirling's formula leaves out: log Gamma(a) - ((a - 1/2) log a - a + log(2 pi) / 2).
Tensor stirling_remainder(const Tensor& a);

/// x log(x / m) + m - x for x > 0, without cancellation where they are near each other (Loader,
/// "Fast and accurate computation of binomial probabilities", 2000). Differentiable in x and log_m,
/// which must belong to m; m may have underflowed.
Tensor saddle_deviance(const Tensor& x, const Tensor& m, const Tensor& log_m);

/// log(m^a e^-m / Gamma(a)); -inf where m overflows.
Tensor log_gamma_kernel(const Tensor& a, const Tensor& m, const Tensor& log_m);

/// log(p^a q^b / B(a, b)) with p + q = 1.
Tensor log_beta_kernel(const Tensor& a,
                       const Tensor& b,
                       const Tensor& p,
                       const Tensor& log_p,
                       const Tensor& q,
                       const Tensor& log_q);

/// log B(a, b).
Tensor log_beta_function(const Tensor& a, const Tensor& b);

/// log Gamma(a + n) - log Gamma(a) for n >= 0.
Tensor log_rising(const Tensor& a, const Tensor& n);

/// log of a binomial coefficient of whole numbers 0 <= n <= total.
Tensor log_choose(const Tensor& total, const Tensor& n);

/// log(1 - e^-d) for d > 0.
Tensor log_one_minus_exp_of(const Tensor& d);

/// -e^r, with -inf and no derivative where that overflows; log(1 - e^(-e^r)).
Tensor minus_exp(const Tensor& r);
Tensor log_one_minus_exp_minus_exp(const Tensor& r);

/// log Phi(z), with a derivative everywhere.
Tensor log_normal_lower(const Tensor& z);

/// log(Phi(-s) / phi(s)) for s >= 0, and its decrease from s to s + v for v > 0, which keeps its
/// digits where s is large.
Tensor log_mills(const Tensor& s);
Tensor log_mills_decrease(const Tensor& s, const Tensor& v);

/// log(1 + w^2), also where w^2 overflows.
Tensor log_one_plus_square(const Tensor& w);

}  // namespace elbow::programs
