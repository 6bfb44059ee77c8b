#include <ATen/TensorOperators.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "elbow/foundations/core/constants.h"
#include "univariate_draws.h"
#include "univariate_families.h"
#include "univariate_special.h"

namespace elbow::programs {
namespace {

using Draw = double (*)(const Numbers&, Draws&);

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

Span positive_part(const Values& v) { return Span(v[0], 1.0, 0.0); }

Span nonnegative_part(const Values& v) {
  return Span(v[0], 1.0, v[0].ge(0).logical_and(v[0].lt(kUnbounded)), v[0].ge(kUnbounded));
}

Tensor exponential_density(const Values& v) {
  const Span span = nonnegative_part(v);
  return span.density(v[1].log() - v[1] * span.value);
}
Tensor exponential_cdf(const Values& v) {
  const Span span = positive_part(v);
  return span.cdf(log_one_minus_exp_of(v[1] * span.value));
}
Tensor exponential_ccdf(const Values& v) {
  const Span span = positive_part(v);
  return span.ccdf(-v[1] * span.value);
}

Tensor lognormal_density(const Values& v) {
  const Span span = positive_part(v);
  const Tensor log_y = span.value.log(), z = (log_y - v[1]) / v[2];
  return span.density(z.square() * -0.5 - kHalfLog2Pi - v[2].log() - log_y);
}
Tensor lognormal_cdf(const Values& v) {
  const Span span = positive_part(v);
  return span.cdf(log_normal_lower((span.value.log() - v[1]) / v[2]));
}
Tensor lognormal_ccdf(const Values& v) {
  const Span span = positive_part(v);
  return span.ccdf(log_normal_lower((v[1] - span.value.log()) / v[2]));
}

// Arguments shape, scale. log((y / scale)^shape):
Tensor power_of(const Span& span, const Values& v) {
  return v[1] * (span.value.log() - v[2].log());
}

Tensor weibull_density(const Values& v) {
  const Span span = positive_part(v);
  const Tensor r = power_of(span, v);
  const Tensor inner = span.density(v[1].log() + r - span.value.log() + minus_exp(r));
  return at_power_edge(v[0].eq(0), v[1], -v[2].log(), inner);
}
Tensor weibull_cdf(const Values& v) {
  const Span span = positive_part(v);
  return span.cdf(log_one_minus_exp_minus_exp(power_of(span, v)));
}
Tensor weibull_ccdf(const Values& v) {
  const Span span = positive_part(v);
  return span.ccdf(minus_exp(power_of(span, v)));
}

Tensor frechet_density(const Values& v) {
  const Span span = positive_part(v);
  const Tensor r = power_of(span, v);
  return span.density(v[1].log() - r - span.value.log() + minus_exp(-r));
}
Tensor frechet_cdf(const Values& v) {
  const Span span = positive_part(v);
  return span.cdf(minus_exp(-power_of(span, v)));
}
Tensor frechet_ccdf(const Values& v) {
  const Span span = positive_part(v);
  return span.ccdf(log_one_minus_exp_minus_exp(-power_of(span, v)));
}

// log((y / sigma)^2 / 2)
Tensor rayleigh_power(const Span& span, const Values& v) {
  return (span.value.log() - v[1].log()) * 2 - kLogTwo;
}
Tensor rayleigh_density(const Values& v) {
  const Span span = positive_part(v);
  return span.density(span.value.log() - v[1].log() * 2 + minus_exp(rayleigh_power(span, v)));
}
Tensor rayleigh_cdf(const Values& v) {
  const Span span = positive_part(v);
  return span.cdf(log_one_minus_exp_minus_exp(rayleigh_power(span, v)));
}
Tensor rayleigh_ccdf(const Values& v) {
  const Span span = positive_part(v);
  return span.ccdf(minus_exp(rayleigh_power(span, v)));
}

// Arguments scale, shape. log((y / scale)^shape):
Tensor log_odds_of(const Span& span, const Values& v) {
  return v[2] * (span.value.log() - v[1].log());
}

Tensor loglogistic_density(const Values& v) {
  const Span span = positive_part(v);
  const Tensor r = log_odds_of(span, v);
  const Tensor inner =
      span.density(v[2].log() - span.value.log() + at::log_sigmoid(r) + at::log_sigmoid(-r));
  return at_power_edge(v[0].eq(0), v[2], -v[1].log(), inner);
}
Tensor loglogistic_cdf(const Values& v) {
  const Span span = positive_part(v);
  return span.cdf(at::log_sigmoid(log_odds_of(span, v)));
}
Tensor loglogistic_ccdf(const Values& v) {
  const Span span = positive_part(v);
  return span.ccdf(at::log_sigmoid(-log_odds_of(span, v)));
}

Univariate positive(const char* name,
                    std::vector<Domain> domains,
                    Univariate::Log density,
                    Univariate::Log cdf,
                    Univariate::Log ccdf,
                    Draw draw) {
  return {name, false, std::move(domains), {}, density, cdf, ccdf, draw};
}

}  // namespace

void add_positive(std::vector<Univariate>& all) {
  const auto above = Domain::positive;
  all.push_back(positive("exponential",
                         {above},
                         exponential_density,
                         exponential_cdf,
                         exponential_ccdf,
                         [](const Numbers& a, Draws& d) { return draw_exponential(d) / a[0]; }));
  all.push_back(
      positive("lognormal",
               {Domain::finite, above},
               lognormal_density,
               lognormal_cdf,
               lognormal_ccdf,
               [](const Numbers& a, Draws& d) { return std::exp(a[0] + a[1] * d.normal()); }));
  all.push_back(positive(
      "weibull",
      {above, above},
      weibull_density,
      weibull_cdf,
      weibull_ccdf,
      [](const Numbers& a, Draws& d) { return a[1] * std::pow(draw_exponential(d), 1 / a[0]); }));
  all.push_back(positive(
      "frechet",
      {above, above},
      frechet_density,
      frechet_cdf,
      frechet_ccdf,
      [](const Numbers& a, Draws& d) { return a[1] * std::pow(draw_exponential(d), -1 / a[0]); }));
  all.push_back(positive(
      "rayleigh",
      {above},
      rayleigh_density,
      rayleigh_cdf,
      rayleigh_ccdf,
      [](const Numbers& a, Draws& d) { return a[0] * std::sqrt(2 * draw_exponential(d)); }));
  all.push_back(positive(
      "loglogistic",
      {above, above},
      loglogistic_density,
      loglogistic_cdf,
      loglogistic_ccdf,
      [](const Numbers& a, Draws& d) { return a[0] * std::exp(draw_logistic(d) / a[1]); }));
}

}  // namespace elbow::programs
