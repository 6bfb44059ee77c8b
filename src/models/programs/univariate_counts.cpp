#include <ATen/TensorOperators.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "univariate_draws.h"
#include "univariate_families.h"
#include "univariate_incomplete.h"
#include "univariate_special.h"

namespace elbow::programs {
namespace {

constexpr double kZeroMass = -std::numeric_limits<double>::infinity();
// exp overflows beyond.
constexpr double kGreatestLog = 709;

// A mass at n > 0, its own form at 0, and nothing below.
Tensor count_mass(const Tensor& n, const Tensor& at_zero, const Tensor& positive) {
  return at::where(n.gt(0), positive, at::where(n.eq(0), at_zero, kZeroMass));
}

Tensor positive_count(const Tensor& n) { return at::where(n.gt(0), n, 1.0); }

Span count_span(const Tensor& n) {
  const Tensor is_above = n.ge(std::numeric_limits<double>::infinity());
  return Span(n, 0.0, n.ge(0).logical_and(is_above.logical_not()), is_above);
}

Tensor poisson_mass(const Values& v) {
  const Tensor n = positive_count(v[0]), is_positive = v[1].gt(0);
  const Tensor rate = at::where(is_positive, v[1], 1.0);
  const Tensor mass = log_gamma_kernel(n, rate, rate.log()) - n.log();
  return count_mass(v[0], -v[1], at::where(is_positive, mass, kZeroMass));
}
// At a rate of 0 there is no logarithm, and no tail.
Tensor log_rate_of(const Values& v) { return at::where(v[1].gt(0), v[1], 1.0).log(); }

Tensor poisson_cdf(const Values& v) {
  const Span span = count_span(v[0]);
  return span.cdf(log_gamma_upper(span.value + 1, v[1], log_rate_of(v)));
}
Tensor poisson_ccdf(const Values& v) {
  const Span span = count_span(v[0]);
  return span.ccdf(log_gamma_lower(span.value + 1, v[1], log_rate_of(v)));
}

Tensor poisson_log_mass(const Values& v) {
  const Tensor n = positive_count(v[0]), is_finite = v[1].isfinite();
  const Tensor is_over = v[1].gt(kGreatestLog);
  const Tensor log_rate = at::where(is_finite.logical_and(is_over.logical_not()), v[1], 0.0);
  const Tensor mass = log_gamma_kernel(n, log_rate.exp(), log_rate) - n.log();
  const Tensor none = at::where(is_over, kZeroMass, at::where(is_finite, -log_rate.exp(), 0.0));
  return count_mass(
      v[0], none, at::where(is_finite.logical_and(is_over.logical_not()), mass, kZeroMass));
}

// Of n failures before the phi-th success, p the probability of a failure.
Tensor failures_log_mass(const Tensor& count,
                         const Tensor& phi,
                         const Tensor& p,
                         const Tensor& log_p,
                         const Tensor& q,
                         const Tensor& log_q) {
  const Tensor n = positive_count(count);
  const Tensor mass = log_beta_kernel(n, phi, p, log_p, q, log_q) - n.log();
  return count_mass(count, phi * log_q, mass);
}

// Arguments alpha, beta: the odds are 1 / beta.
Tensor neg_binomial_mass(const Values& v) {
  const Tensor whole = v[2] + 1, p = whole.reciprocal(), q = v[2] / whole;
  return failures_log_mass(v[0], v[1], p, -v[2].log1p(), q, -v[2].reciprocal().log1p());
}
Tensor neg_binomial_cdf(const Values& v) {
  const Span span = count_span(v[0]);
  const Tensor whole = v[2] + 1;
  return span.cdf(log_beta_lower(v[1], span.value + 1, v[2] / whole, whole.reciprocal()));
}
Tensor neg_binomial_ccdf(const Values& v) {
  const Span span = count_span(v[0]);
  const Tensor whole = v[2] + 1;
  return span.ccdf(log_beta_lower(span.value + 1, v[1], whole.reciprocal(), v[2] / whole));
}

// Arguments mu, phi.
Tensor neg_binomial_2_mass(const Values& v) {
  const Tensor &mu = v[1], &phi = v[2];
  const Tensor whole = mu + phi;
  return failures_log_mass(
      v[0], phi, mu / whole, -(phi / mu).log1p(), phi / whole, -(mu / phi).log1p());
}
Tensor neg_binomial_2_cdf(const Values& v) {
  const Span span = count_span(v[0]);
  const Tensor whole = v[1] + v[2];
  return span.cdf(log_beta_lower(v[2], span.value + 1, v[2] / whole, v[1] / whole));
}
Tensor neg_binomial_2_ccdf(const Values& v) {
  const Span span = count_span(v[0]);
  const Tensor whole = v[1] + v[2];
  return span.ccdf(log_beta_lower(span.value + 1, v[2], v[1] / whole, v[2] / whole));
}

// Arguments eta = log(mu), phi.
Tensor neg_binomial_2_log_mass(const Values& v) {
  const Tensor log_odds = v[1] - v[2].log();
  const Tensor log_p = at::log_sigmoid(log_odds), log_q = at::log_sigmoid(-log_odds);
  return failures_log_mass(v[0], v[2], log_p.exp(), log_p, log_q.exp(), log_q);
}

double draw_overdispersed(double shape, double log_scale, Draws& draws) {
  const double rate = std::exp(draw_log_gamma(shape, draws) + log_scale);
  return draw_poisson(rate, draws);
}

void add_poisson(std::vector<Univariate>& all) {
  all.push_back({"poisson",
                 true,
                 {Domain::nonnegative},
                 {},
                 poisson_mass,
                 poisson_cdf,
                 poisson_ccdf,
                 [](const Numbers& a, Draws& d) { return draw_poisson(a[0], d); }});
  all.push_back({"poisson_log",
                 true,
                 {Domain::not_nan},
                 {},
                 poisson_log_mass,
                 nullptr,
                 nullptr,
                 [](const Numbers& a, Draws& d) { return draw_poisson(std::exp(a[0]), d); }});
}

}  // namespace

void add_counts(std::vector<Univariate>& all) {
  const auto above = Domain::positive;
  add_poisson(all);
  all.push_back(
      {"neg_binomial",
       true,
       {above, above},
       {},
       neg_binomial_mass,
       neg_binomial_cdf,
       neg_binomial_ccdf,
       [](const Numbers& a, Draws& d) { return draw_overdispersed(a[0], -std::log(a[1]), d); }});
  all.push_back({"neg_binomial_2",
                 true,
                 {above, above},
                 {},
                 neg_binomial_2_mass,
                 neg_binomial_2_cdf,
                 neg_binomial_2_ccdf,
                 [](const Numbers& a, Draws& d) {
                   return draw_overdispersed(a[1], std::log(a[0]) - std::log(a[1]), d);
                 }});
  all.push_back({"neg_binomial_2_log",
                 true,
                 {Domain::finite, above},
                 {},
                 neg_binomial_2_log_mass,
                 nullptr,
                 nullptr,
                 [](const Numbers& a, Draws& d) {
                   return draw_overdispersed(a[1], a[0] - std::log(a[1]), d);
                 }});
}

}  // namespace elbow::programs
