#include <ATen/TensorOperators.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "univariate_draws.h"
#include "univariate_families.h"
#include "univariate_incomplete.h"
#include "univariate_special.h"

namespace elbow::programs {
namespace {

// A gamma density of shape a in m = y rate, or in m = scale / y for the inverse families.
struct Shaped {
  Tensor shape, log_factor;  // log of the rate or the scale
};

Shaped gamma_shape(const Values& v) { return {v[1], v[2].log()}; }
Shaped chi_square_shape(const Values& v) { return {v[1] * 0.5, v[1] * 0 - kLogTwo}; }
// The scale is nu s^2 / 2.
Shaped scaled_inverse_shape(const Values& v) {
  return {v[1] * 0.5, v[1].log() + v[2].log() * 2 - kLogTwo};
}

using Shape = Shaped (*)(const Values&);

template <Shape shape_of>
Tensor gamma_density(const Values& v) {
  const Span span(v[0], 1.0, 0.0);
  const Shaped at = shape_of(v);
  const Tensor log_y = span.value.log(), log_m = log_y + at.log_factor;
  // By the saddle point for large shapes only: near 0 a small one leaves (shape - 1) / y of its
  // slope, which it would have as a difference.
  const Tensor is_large = at.shape.gt(15);
  const Tensor large = at::where(is_large, at.shape, 16.0);
  const Tensor small = at::where(is_large, 1.0, at.shape);
  const Tensor inner =
      at::where(is_large,
                log_gamma_kernel(large, log_m.exp(), log_m) - log_y,
                (small - 1) * log_m + at.log_factor + minus_exp(log_m) - at::lgamma(small));
  return at_power_edge(v[0].eq(0), at.shape, at.log_factor, span.density(inner));
}

template <Shape shape_of>
Tensor inverse_density(const Values& v) {
  const Span span(v[0], 1.0, 0.0);
  const Shaped at = shape_of(v);
  const Tensor log_y = span.value.log(), log_m = at.log_factor - log_y;
  return span.density(log_gamma_kernel(at.shape, log_m.exp(), log_m) - log_y);
}

template <Shape shape_of>
Tensor gamma_cdf(const Values& v) {
  const Span span(v[0], 1.0, 0.0);
  const Shaped at = shape_of(v);
  const Tensor log_m = span.value.log() + at.log_factor;
  return span.cdf(log_gamma_lower(at.shape, span.value * at.log_factor.exp(), log_m));
}

template <Shape shape_of>
Tensor gamma_ccdf(const Values& v) {
  const Span span(v[0], 1.0, 0.0);
  const Shaped at = shape_of(v);
  const Tensor log_m = span.value.log() + at.log_factor;
  return span.ccdf(log_gamma_upper(at.shape, span.value * at.log_factor.exp(), log_m));
}

template <Shape shape_of>
Tensor inverse_cdf(const Values& v) {
  const Span span(v[0], 1.0, 0.0);
  const Shaped at = shape_of(v);
  const Tensor log_m = at.log_factor - span.value.log();
  return span.cdf(log_gamma_upper(at.shape, at.log_factor.exp() / span.value, log_m));
}

template <Shape shape_of>
Tensor inverse_ccdf(const Values& v) {
  const Span span(v[0], 1.0, 0.0);
  const Shaped at = shape_of(v);
  const Tensor log_m = at.log_factor - span.value.log();
  return span.ccdf(log_gamma_lower(at.shape, at.log_factor.exp() / span.value, log_m));
}

template <Shape shape_of>
Univariate gamma_like(const char* name,
                      std::size_t num_arguments,
                      double (*draw)(const Numbers&, Draws&)) {
  return {name,
          false,
          std::vector<Domain>(num_arguments, Domain::positive),
          {},
          gamma_density<shape_of>,
          gamma_cdf<shape_of>,
          gamma_ccdf<shape_of>,
          draw};
}

template <Shape shape_of>
Univariate inverse_gamma_like(const char* name,
                              std::size_t num_arguments,
                              double (*draw)(const Numbers&, Draws&)) {
  return {name,
          false,
          std::vector<Domain>(num_arguments, Domain::positive),
          {},
          inverse_density<shape_of>,
          inverse_cdf<shape_of>,
          inverse_ccdf<shape_of>,
          draw};
}

}  // namespace

void add_gamma_like(std::vector<Univariate>& all) {
  all.push_back(gamma_like<gamma_shape>(
      "gamma", 2, [](const Numbers& a, Draws& draws) { return draws.gamma(a[0]) / a[1]; }));
  all.push_back(gamma_like<chi_square_shape>(
      "chi_square", 1, [](const Numbers& a, Draws& draws) { return 2 * draws.gamma(a[0] / 2); }));
  all.push_back(inverse_gamma_like<gamma_shape>("inv_gamma", 2, [](const Numbers& a, Draws& draws) {
    return a[1] * std::exp(-draw_log_gamma(a[0], draws));
  }));
  all.push_back(
      inverse_gamma_like<chi_square_shape>("inv_chi_square", 1, [](const Numbers& a, Draws& draws) {
        return 0.5 * std::exp(-draw_log_gamma(a[0] / 2, draws));
      }));
  all.push_back(inverse_gamma_like<scaled_inverse_shape>(
      "scaled_inv_chi_square", 2, [](const Numbers& a, Draws& draws) {
        return a[0] / 2 * a[1] * a[1] * std::exp(-draw_log_gamma(a[0] / 2, draws));
      }));
}

}  // namespace elbow::programs
