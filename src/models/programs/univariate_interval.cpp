#include <ATen/TensorOperators.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/special_i0e.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "elbow/foundations/core/constants.h"
#include "univariate_draws.h"
#include "univariate_families.h"
#include "univariate_incomplete.h"
#include "univariate_special.h"

namespace elbow::programs {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr double kPi = 3.14159265358979323846;

// Arguments a, b; -inf unless a < b.
Span uniform_span(const Values& v) {
  const Tensor inside = v[0].gt(v[1]).logical_and(v[0].lt(v[2]));
  return Span(v[0], 0.0, inside, v[0].ge(v[2]));
}
Tensor uniform_log_width(const Values& v) {
  const Tensor width = v[2] - v[1];
  return at::where(width.gt(0), width, 1.0).log();
}
Tensor uniform_density(const Values& v) {
  const Tensor inside = v[0].ge(v[1]).logical_and(v[0].le(v[2])).logical_and(v[1].lt(v[2]));
  return at::where(inside, -uniform_log_width(v), -kEndless);
}
// log of the part of the width on one side, by the other side where that is the lesser.
Tensor uniform_log_part(const Span& span, const Tensor& own_side, const Tensor& other_side) {
  const Tensor part = at::where(span.inside, own_side, 1.0);
  const Tensor rest = at::where(span.inside, other_side, 1.0), width = part + rest;
  const Tensor is_less = part.lt(rest);
  const Tensor lesser = at::where(is_less, 0.5, rest / width);
  return at::where(is_less, (part / width).log(), at::log1p(-lesser));
}
Tensor uniform_cdf(const Values& v) {
  const Span span = uniform_span(v);
  return span.cdf(uniform_log_part(span, v[0] - v[1], v[2] - v[0]));
}
Tensor uniform_ccdf(const Values& v) {
  const Span span = uniform_span(v);
  return span.ccdf(uniform_log_part(span, v[2] - v[0], v[0] - v[1]));
}

Values beta_arguments(const Values& v) { return v; }
// Arguments mean and concentration.
Values proportion_arguments(const Values& v) { return {v[0], v[1] * v[2], (1 - v[1]) * v[2]}; }

using Arguments = Values (*)(const Values&);

template <Arguments arguments_of>
Tensor beta_density(const Values& given) {
  const Values v = arguments_of(given);
  const Span span(v[0], 0.5, 0.0, 1.0);
  const Tensor log_p = span.value.log(), q = 1 - span.value, log_q = at::log1p(-span.value);
  // By the saddle point for large arguments only: a small one has its slope by a - 1.
  const Tensor is_large = v[1].gt(15).logical_and(v[2].gt(15));
  const Tensor a = at::where(is_large, v[1], 16.0), b = at::where(is_large, v[2], 16.0);
  const Tensor inner =
      at::where(is_large,
                log_beta_kernel(a, b, span.value, log_p, q, log_q) - log_p - log_q,
                (v[1] - 1) * log_p + (v[2] - 1) * log_q - log_beta_function(v[1], v[2]));
  const Tensor above_zero = at_power_edge(v[0].eq(0), v[1], v[2].log(), span.density(inner));
  return at_power_edge(v[0].eq(1), v[2], v[1].log(), above_zero);
}
template <Arguments arguments_of>
Tensor beta_cdf(const Values& given) {
  const Values v = arguments_of(given);
  const Span span(v[0], 0.5, 0.0, 1.0);
  return span.cdf(log_beta_lower(v[1], v[2], span.value, 1 - span.value));
}
template <Arguments arguments_of>
Tensor beta_ccdf(const Values& given) {
  const Values v = arguments_of(given);
  const Span span(v[0], 0.5, 0.0, 1.0);
  return span.ccdf(log_beta_lower(v[2], v[1], 1 - span.value, span.value));
}

// kappa (cos(y - mu) - 1) without cancellation.
Tensor von_mises_density(const Values& v) {
  const Span span(v[0], 0.0);
  const Tensor half_sine = ((span.value - v[1]) * 0.5).sin();
  return span.density(half_sine.square() * v[2] * -2 - 2 * kHalfLog2Pi -
                      at::special_i0e(v[2]).log());
}

// Arguments y_min, alpha. log(y / y_min), where y is above.
Span pareto_span(const Values& v) {
  return Span(v[0], 1.0, v[0].gt(v[1]).logical_and(v[0].lt(kEndless)), v[0].ge(kEndless));
}
Tensor pareto_log_ratio(const Span& span, const Values& v) {
  const Tensor excess = at::where(span.inside, (span.value - v[1]) / v[1], 1.0);
  return at::where(span.inside, excess, 1.0).log1p();
}
Tensor pareto_density(const Values& v) {
  const Tensor inside = v[0].ge(v[1]).logical_and(v[0].lt(kEndless));
  const Span span(v[0], 1.0, inside, v[0].ge(kEndless));
  return span.density(v[2].log() - v[2] * pareto_log_ratio(span, v) - span.value.log());
}
Tensor pareto_cdf(const Values& v) {
  const Span span = pareto_span(v);
  return span.cdf(log_one_minus_exp_of(v[2] * pareto_log_ratio(span, v)));
}
Tensor pareto_ccdf(const Values& v) {
  const Span span = pareto_span(v);
  return span.ccdf(-v[2] * pareto_log_ratio(span, v));
}

// Arguments mu, lambda, alpha.
Tensor lomax_log_ratio(const Span& span, const Values& v) {
  return at::where(span.inside, (span.value - v[1]) / v[2], 1.0).log1p();
}
Tensor lomax_density(const Values& v) {
  const Tensor inside = v[0].ge(v[1]).logical_and(v[0].lt(kEndless));
  const Span span(v[0], 1.0, inside, v[0].ge(kEndless));
  return span.density(v[3].log() - v[2].log() - (v[3] + 1) * lomax_log_ratio(span, v));
}
Tensor lomax_cdf(const Values& v) {
  const Span span = pareto_span(v);
  return span.cdf(log_one_minus_exp_of(v[3] * lomax_log_ratio(span, v)));
}
Tensor lomax_ccdf(const Values& v) {
  const Span span = pareto_span(v);
  return span.ccdf(-v[3] * lomax_log_ratio(span, v));
}

// Best, Fisher, "Efficient simulation of the von Mises distribution", 1979. Within pi of mu.
double draw_von_mises(const Numbers& a, Draws& draws) {
  const double kappa = a[1];
  if (kappa < 1e-8) return a[0] + kPi * (2 * draws.uniform() - 1);
  if (kappa > 1e8) return a[0] + draws.normal() / std::sqrt(kappa);
  const double tau = 1 + std::sqrt(1 + 4 * kappa * kappa);
  const double rho = (tau - std::sqrt(2 * tau)) / (2 * kappa);
  const double r = (1 + rho * rho) / (2 * rho);
  while (true) {
    const double z = std::cos(kPi * draws.uniform());
    const double cosine = (1 + r * z) / (r + z), c = kappa * (r - cosine);
    const double u = draws.uniform();
    if (std::log(c / u) + 1 - c < 0) continue;
    const double angle = std::acos(std::min(1.0, std::max(-1.0, cosine)));
    return draws.uniform() < 0.5 ? a[0] - angle : a[0] + angle;
  }
}

void add_beta_like(std::vector<Univariate>& all) {
  all.push_back({"beta",
                 false,
                 {Domain::positive, Domain::positive},
                 {},
                 beta_density<beta_arguments>,
                 beta_cdf<beta_arguments>,
                 beta_ccdf<beta_arguments>,
                 [](const Numbers& a, Draws& draws) { return draw_beta(a[0], a[1], draws); }});
  all.push_back({"beta_proportion",
                 false,
                 {Domain::open_interval, Domain::positive},
                 {},
                 beta_density<proportion_arguments>,
                 beta_cdf<proportion_arguments>,
                 beta_ccdf<proportion_arguments>,
                 [](const Numbers& a, Draws& draws) {
                   return draw_beta(a[0] * a[1], (1 - a[0]) * a[1], draws);
                 }});
}

}  // namespace

void add_intervals(std::vector<Univariate>& all) {
  const auto above = Domain::positive, any = Domain::finite;
  add_beta_like(all);
  all.push_back({"von_mises",
                 false,
                 {any, Domain::nonnegative},
                 {},
                 von_mises_density,
                 nullptr,
                 nullptr,
                 draw_von_mises});
  all.push_back(
      {"uniform",
       false,
       {any, any},
       {},
       uniform_density,
       uniform_cdf,
       uniform_ccdf,
       [](const Numbers& a, Draws& draws) { return a[0] + (a[1] - a[0]) * draws.uniform(); }});
  all.push_back({"pareto",
                 false,
                 {above, above},
                 {},
                 pareto_density,
                 pareto_cdf,
                 pareto_ccdf,
                 [](const Numbers& a, Draws& draws) {
                   return a[0] * std::exp(draw_exponential(draws) / a[1]);
                 }});
  all.push_back({"pareto_type_2",
                 false,
                 {any, above, above},
                 {},
                 lomax_density,
                 lomax_cdf,
                 lomax_ccdf,
                 [](const Numbers& a, Draws& draws) {
                   return a[0] + a[1] * std::expm1(draw_exponential(draws) / a[2]);
                 }});
}

}  // namespace elbow::programs
