#include "univariate_special.h"

#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/special_erfcx.h>
#include <ATen/ops/special_log_ndtr.h>
#include <ATen/ops/where.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <cmath>
#include <utility>

#include "elbow/foundations/core/constants.h"

namespace elbow::programs {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// From here on the first term that is left out is below 3e-16.
constexpr double kStirlingFrom = 15;
// B_2n / (2n (2n - 1)), the coefficients of a^-(2n - 1).
constexpr std::array<double, 5> kStirlingTerms = {
    1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188};
// Below this relative difference, log(1 + d) - d by its series.
constexpr double kNearDifference = 0.02;
// exp overflows beyond; a little less, so that products with it do not.
constexpr double kLargestExponent = 700;
// log(1 - e^-d) = log(d) - d / 2 to all digits for d = e^-30.
constexpr double kTinyLog = -30;
// From here on the first term that is left out is below 1e-16.
constexpr double kFarMills = 50;
constexpr double kRootOfHalf = 0.70710678118654752440;

// The derivative of stirling_remainder.
Tensor stirling_slope(const Tensor& a) {
  const Tensor is_large = a.gt(kStirlingFrom);
  const Tensor far = at::where(is_large, a, kStirlingFrom), near = at::where(is_large, 1.0, a);
  const Tensor square = far.reciprocal().square();
  Tensor sum = square * 0;
  for (std::size_t n = kStirlingTerms.size(); n-- > 0;)
    sum = sum * square - kStirlingTerms[n] * static_cast<double>(2 * n + 1);
  return at::where(
      is_large, sum * square, at::digamma(near) - near.log() + near.reciprocal() * 0.5);
}

struct StirlingRemainder : torch::autograd::Function<StirlingRemainder> {
  static Tensor forward(AutogradContext* context, const Tensor& a) {
    context->save_for_backward({a});
    const Tensor is_large = a.gt(kStirlingFrom);
    const Tensor far = at::where(is_large, a, kStirlingFrom), near = at::where(is_large, 1.0, a);
    const Tensor inverse = far.reciprocal(), square = inverse.square();
    Tensor sum = square * 0;
    for (std::size_t n = kStirlingTerms.size(); n-- > 0;) sum = sum * square + kStirlingTerms[n];
    return at::where(
        is_large, sum * inverse, at::lgamma(near) - (near - 0.5) * near.log() + near - kHalfLog2Pi);
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    return {outputs[0] * stirling_slope(context->get_saved_variables()[0])};
  }
};

// log(m / x); of small ratios by log_m, since m may be 0.
Tensor log_mean_ratio(const Tensor& x, const Tensor& m, const Tensor& log_m) {
  const Tensor d = (m - x) / x;
  const Tensor is_small = d.lt(-0.5);
  return at::where(is_small, log_m - x.log(), at::where(is_small, 0.0, d).log1p());
}

// log of s times Mills' ratio, for s beyond 50: DLMF 7.12.1.
Tensor log_mills_series(const Tensor& s) {
  const Tensor t = s.reciprocal().square();
  const Tensor sum = (((t * -945 + 105) * t - 15) * t + 3) * t - 1;
  return (sum * t).log1p();
}

struct SaddleDeviance : torch::autograd::Function<SaddleDeviance> {
  static Tensor forward(AutogradContext* context,
                        const Tensor& x,
                        const Tensor& m,
                        const Tensor& log_m) {
    context->save_for_backward({x, m, log_m});
    const Tensor d = (m - x) / x;
    const Tensor is_near = d.abs().lt(kNearDifference);
    // With r = d / (2 + d): log(1 + d) - d = -2 r^2 / (1 - r) + 2 r^3 (1/3 + r^2 / 5 + ...).
    const Tensor near = at::where(is_near, d, 0.0);
    const Tensor r = near / (near + 2), square = r.square();
    const Tensor tail = ((square / 9 + 1.0 / 7) * square + 1.0 / 5) * square + 1.0 / 3;
    const Tensor series = square * (r * tail - (1 - r).reciprocal()) * 2;
    return at::where(is_near, -x * series, m - x - x * log_mean_ratio(x, m, log_m));
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &m = saved[1], &log_m = saved[2];
    const Tensor by_x = outputs[0] * -log_mean_ratio(x, m, log_m);
    // All of m's share goes by log_m: m itself may be 0.
    return {
        by_x.sum_to_size(x.sizes()), Tensor(), (outputs[0] * (m - x)).sum_to_size(log_m.sizes())};
  }
};

}  // namespace

Span::Span(const Tensor& y, double safe, double low, double high)
    : Span(y, safe, y.gt(low).logical_and(y.lt(high)), y.ge(high)) {}

Span::Span(const Tensor& y, double safe, Tensor is_inside, Tensor is_above)
    : inside(std::move(is_inside)), above(std::move(is_above)), value(at::where(inside, y, safe)) {}

Tensor Span::density(const Tensor& log_density) const {
  return at::where(inside, log_density, -kInfinity);
}

Tensor Span::cdf(const Tensor& log_cdf) const {
  return at::where(inside.logical_or(above), at::where(inside, log_cdf, 0.0), -kInfinity);
}

Tensor Span::ccdf(const Tensor& log_ccdf) const {
  return at::where(above, -kInfinity, at::where(inside, log_ccdf, 0.0));
}

Tensor at_power_edge(const Tensor& is_edge,
                     const Tensor& power,
                     const Tensor& at_one,
                     const Tensor& otherwise) {
  const Tensor edge = at::where(power.gt(1), -kInfinity, at::where(power.lt(1), kInfinity, at_one));
  return at::where(is_edge, edge, otherwise);
}

Tensor stirling_remainder(const Tensor& a) { return StirlingRemainder::apply(a); }

Tensor saddle_deviance(const Tensor& x, const Tensor& m, const Tensor& log_m) {
  return SaddleDeviance::apply(x, m, log_m);
}

Tensor log_gamma_kernel(const Tensor& a, const Tensor& m, const Tensor& log_m) {
  const Tensor is_over = log_m.gt(kLargestExponent);
  const Tensor log_mean = at::where(is_over, 0.0, log_m), mean = at::where(is_over, 1.0, m);
  const Tensor value =
      a.log() * 0.5 - saddle_deviance(a, mean, log_mean) - stirling_remainder(a) - kHalfLog2Pi;
  return at::where(is_over, -kInfinity, value);
}

Tensor log_beta_kernel(const Tensor& a,
                       const Tensor& b,
                       const Tensor& p,
                       const Tensor& log_p,
                       const Tensor& q,
                       const Tensor& log_q) {
  const Tensor sum = a + b, log_sum = sum.log();
  return stirling_remainder(sum) - stirling_remainder(a) - stirling_remainder(b) -
         saddle_deviance(a, sum * p, log_sum + log_p) -
         saddle_deviance(b, sum * q, log_sum + log_q) + (a.log() + b.log() - log_sum) * 0.5 -
         kHalfLog2Pi;
}

Tensor log_beta_function(const Tensor& a, const Tensor& b) {
  const Tensor sum = a + b;
  return stirling_remainder(a) + stirling_remainder(b) - stirling_remainder(sum) + kHalfLog2Pi -
         (a.log() + b.log() - sum.log()) * 0.5 - a * (b / a).log1p() - b * (a / b).log1p();
}

Tensor log_rising(const Tensor& a, const Tensor& n) {
  return n * (a + n).log() + (a - 0.5) * (n / a).log1p() - n + stirling_remainder(a + n) -
         stirling_remainder(a);
}

Tensor log_choose(const Tensor& total, const Tensor& n) {
  const Tensor rest = total - n;
  const Tensor is_edge = n.lt(0.5).logical_or(rest.lt(0.5));
  const Tensor whole = at::where(is_edge, 2.0, total), x = at::where(is_edge, 1.0, n),
               y = at::where(is_edge, 1.0, rest);
  const Tensor value = stirling_remainder(whole) - stirling_remainder(x) - stirling_remainder(y) +
                       x * (y / x).log1p() + y * (x / y).log1p() + (whole / x / y).log() * 0.5 -
                       kHalfLog2Pi;
  return at::where(is_edge, 0.0, value);
}

Tensor log_one_minus_exp_of(const Tensor& d) {
  const Tensor is_small = d.lt(kLogTwo);
  return at::where(is_small,
                   (-(-at::where(is_small, d, 1.0)).expm1()).log(),
                   (-(-at::where(is_small, 1.0, d)).exp()).log1p());
}

Tensor minus_exp(const Tensor& r) {
  const Tensor is_over = r.gt(kLargestExponent);
  return at::where(is_over, -kInfinity, -at::where(is_over, 0.0, r).exp());
}

Tensor log_one_minus_exp_minus_exp(const Tensor& r) {
  const Tensor is_tiny = r.lt(kTinyLog);
  // Beyond e^7 all of e^(-e^r) has underflowed.
  const Tensor d = at::where(is_tiny, 0.0, r).clamp_max(7.0).exp();
  const Tensor tiny = at::where(is_tiny, r, kTinyLog);
  return at::where(is_tiny, tiny - tiny.exp() * 0.5, log_one_minus_exp_of(d));
}

Tensor log_normal_lower(const Tensor& z) {
  const Tensor is_far = z.lt(-kFarMills);
  const Tensor far = at::where(is_far, -z, kFarMills);
  // Above, the logarithm and its derivative are 0.
  const Tensor near = at::special_log_ndtr(at::where(is_far, 0.0, z).clamp_max(kFarMills));
  return at::where(
      is_far, log_mills_series(far) - far.log() - far.square() * 0.5 - kHalfLog2Pi, near);
}

Tensor log_mills(const Tensor& s) {
  const Tensor is_far = s.gt(kFarMills);
  const Tensor far = at::where(is_far, s, kFarMills), near = at::where(is_far, 0.0, s);
  return at::where(is_far,
                   log_mills_series(far) - far.log(),
                   at::special_erfcx(near * kRootOfHalf).log() + kHalfLog2Pi - kLogTwo);
}

Tensor log_mills_decrease(const Tensor& s, const Tensor& v) {
  const Tensor is_far = s.gt(kFarMills);
  const Tensor far = at::where(is_far, s, kFarMills), near = at::where(is_far, 0.0, s);
  return at::where(is_far,
                   (v / far).log1p() + log_mills_series(far) - log_mills_series(far + v),
                   log_mills(near) - log_mills(near + v));
}

Tensor log_one_plus_square(const Tensor& w) {
  const Tensor is_far = w.abs().gt(1e9);
  return at::where(is_far,
                   at::where(is_far, w, 1.0).abs().log() * 2,
                   at::where(is_far, 0.0, w).square().log1p());
}

}  // namespace elbow::programs
