#include <ATen/TensorOperators.h>
#include <ATen/ops/atan.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "elbow/foundations/core/constants.h"
#include "univariate_draws.h"
#include "univariate_families.h"
#include "univariate_incomplete.h"
#include "univariate_special.h"

namespace elbow::programs {
namespace {

using Standard = Tensor (*)(const Tensor& z);

constexpr double kLogPi = 1.14472988584940017414;
constexpr double kHalfTurn = 3.14159265358979323846;

// Value, location and scale of a distribution on the line.
template <Standard log_standard>
Tensor scaled_density(const Values& v) {
  const Span span(v[0], 0.0);
  // At the location where the value is infinite.
  const Tensor z = at::where(span.inside, (span.value - v[1]) / v[2], 0.0);
  return span.density(log_standard(z) - v[2].log());
}

template <Standard log_standard>
Tensor scaled_cdf(const Values& v) {
  const Span span(v[0], 0.0);
  return span.cdf(log_standard((span.value - v[1]) / v[2]));
}

template <Standard log_standard>
Tensor scaled_ccdf(const Values& v) {
  const Span span(v[0], 0.0);
  return span.ccdf(log_standard((span.value - v[1]) / v[2]));
}

Tensor reflected(const Tensor& z, Standard function) { return function(-z); }

Tensor normal_density(const Tensor& z) { return z.square() * -0.5 - kHalfLog2Pi; }
Tensor normal_lower(const Tensor& z) { return log_normal_lower(z); }
Tensor normal_upper(const Tensor& z) { return reflected(z, normal_lower); }

Tensor cauchy_density(const Tensor& z) { return -log_one_plus_square(z) - kLogPi; }
Tensor cauchy_lower(const Tensor& z) {
  const Tensor is_far = z.lt(-1e8), is_low = z.lt(-1), is_high = z.gt(1);
  const Tensor is_near = is_low.logical_and(is_far.logical_not());
  const Tensor far = -(-at::where(is_far, z, -1.0)).log() - kLogPi;
  const Tensor low = at::atan(-at::where(is_near, z, -1.0).reciprocal()) / kHalfTurn;
  const Tensor high = at::atan(at::where(is_high, z, 1.0).reciprocal()) / -kHalfTurn;
  const Tensor middle = at::where(is_low.logical_or(is_high), 0.0, z);
  const Tensor upper = at::where(is_high, high.log1p(), (at::atan(middle) / kHalfTurn + 0.5).log());
  return at::where(is_far, far, at::where(is_low, low.log(), upper));
}
Tensor cauchy_upper(const Tensor& z) { return reflected(z, cauchy_lower); }

Tensor laplace_density(const Tensor& z) { return -z.abs() - kLogTwo; }
Tensor laplace_lower(const Tensor& z) {
  const Tensor is_low = z.lt(0);
  return at::where(is_low,
                   at::where(is_low, z, 0.0) - kLogTwo,
                   (at::where(is_low, 0.0, -z).exp() * -0.5).log1p());
}
Tensor laplace_upper(const Tensor& z) { return reflected(z, laplace_lower); }

Tensor logistic_density(const Tensor& z) { return at::log_sigmoid(z) + at::log_sigmoid(-z); }
Tensor logistic_lower(const Tensor& z) { return at::log_sigmoid(z); }
Tensor logistic_upper(const Tensor& z) { return at::log_sigmoid(-z); }

Tensor gumbel_density(const Tensor& z) { return minus_exp(-z) - z; }
Tensor gumbel_lower(const Tensor& z) { return minus_exp(-z); }
Tensor gumbel_upper(const Tensor& z) { return log_one_minus_exp_minus_exp(-z); }

Tensor std_normal_density(const Values& v) {
  const Span span(v[0], 0.0);
  return span.density(normal_density(span.value));
}
Tensor std_normal_cdf(const Values& v) {
  const Span span(v[0], 0.0);
  return span.cdf(normal_lower(span.value));
}
Tensor std_normal_ccdf(const Values& v) {
  const Span span(v[0], 0.0);
  return span.ccdf(normal_upper(span.value));
}

// Arguments nu, mu, sigma.
Tensor student_t_density(const Values& v) {
  const Span span(v[0], 0.0);
  const Tensor z = at::where(span.inside, (span.value - v[2]) / v[3], 0.0);
  const Tensor a = v[1] * 0.5;
  // log Gamma(a + 1/2) - log Gamma(a) - log(a) / 2
  const Tensor step = a * (a.reciprocal() * 0.5).log1p() - 0.5 + stirling_remainder(a + 0.5) -
                      stirling_remainder(a);
  return span.density(step - kHalfLog2Pi - v[3].log() -
                      (a + 0.5) * log_one_plus_square(z / v[1].sqrt()));
}
Tensor student_t_cdf(const Values& v) {
  const Span span(v[0], 0.0);
  return span.cdf(log_student_lower((span.value - v[2]) / v[3], v[1]));
}
Tensor student_t_ccdf(const Values& v) {
  const Span span(v[0], 0.0);
  return span.ccdf(log_student_lower((v[2] - span.value) / v[3], v[1]));
}

double draw_laplace(const Numbers& a, Draws& draws) {
  const double up = draw_exponential(draws), down = draw_exponential(draws);
  return a[0] + a[1] * (up - down);
}
double draw_student_t(const Numbers& a, Draws& draws) {
  const double half = a[0] / 2, normal = draws.normal();
  return a[1] + a[2] * normal * std::exp((std::log(half) - draw_log_gamma(half, draws)) / 2);
}

template <Standard density, Standard lower, Standard upper>
Univariate scaled(const char* name, double (*draw)(const Numbers&, Draws&)) {
  return {name,
          false,
          {Domain::finite, Domain::positive},
          {},
          scaled_density<density>,
          scaled_cdf<lower>,
          scaled_ccdf<upper>,
          draw};
}

}  // namespace

void add_real_line(std::vector<Univariate>& all) {
  all.push_back(scaled<normal_density, normal_lower, normal_upper>(
      "normal", [](const Numbers& a, Draws& draws) { return a[0] + a[1] * draws.normal(); }));
  all.push_back({"std_normal",
                 false,
                 {},
                 {},
                 std_normal_density,
                 std_normal_cdf,
                 std_normal_ccdf,
                 [](const Numbers&, Draws& draws) { return draws.normal(); }});
  all.push_back({"student_t",
                 false,
                 {Domain::positive, Domain::finite, Domain::positive},
                 {},
                 student_t_density,
                 student_t_cdf,
                 student_t_ccdf,
                 draw_student_t});
  all.push_back(scaled<cauchy_density, cauchy_lower, cauchy_upper>(
      "cauchy", [](const Numbers& a, Draws& draws) {
        return a[0] + a[1] * std::tan(kHalfTurn * (draws.uniform() - 0.5));
      }));
  all.push_back(
      scaled<laplace_density, laplace_lower, laplace_upper>("double_exponential", draw_laplace));
  all.push_back(scaled<logistic_density, logistic_lower, logistic_upper>(
      "logistic",
      [](const Numbers& a, Draws& draws) { return a[0] + a[1] * draw_logistic(draws); }));
  all.push_back(scaled<gumbel_density, gumbel_lower, gumbel_upper>(
      "gumbel", [](const Numbers& a, Draws& draws) {
        return a[0] - a[1] * std::log(draw_exponential(draws));
      }));
}

}  // namespace elbow::programs
