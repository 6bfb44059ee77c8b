#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "elbow/foundations/core/constants.h"
#include "univariate_draws.h"
#include "univariate_families.h"
#include "univariate_special.h"

namespace elbow::programs {
namespace {

// Of exp_mod_normal with arguments mu, sigma, lambda: the normal part's standard value, and
// lambda in its units.
struct Modified {
  explicit Modified(const Values& v)
      : span(v[0], 0.0),
        u(at::where(span.inside, (span.value - v[1]) / v[2], 0.0)),
        rate(v[3] * v[2]) {
    is_far = u.lt(rate);
  }

  // log of e^(rate^2 / 2 - rate u) Phi(u - rate). In the tail by Mills' ratio, since the two
  // factors are large and small.
  Tensor log_product() const {
    const Tensor gap = u - rate;
    const Tensor far = at::where(is_far, -gap, 0.0), near = at::where(is_far, 0.0, gap);
    return at::where(is_far,
                     log_mills(far) - u.square() * 0.5 - kHalfLog2Pi,
                     log_normal_lower(near) + rate * (rate * 0.5 - u));
  }

  Span span;
  Tensor u, rate, is_far;
};

Tensor exp_mod_normal_density(const Values& v) {
  const Modified at(v);
  return at.span.density(at.log_product() + v[3].log());
}

// 1 - F = Phi(-u) + the product: no cancellation.
Tensor exp_mod_normal_upper(const Modified& at) {
  const Tensor normal = log_normal_lower(-at.u), rest = at.log_product();
  const Tensor is_greater = normal.gt(rest);
  const Tensor most = at::where(is_greater, normal, rest),
               least = at::where(is_greater, rest, normal);
  return most + (least - most).exp().log1p();
}

Tensor exp_mod_normal_ccdf(const Values& v) {
  const Modified at(v);
  return at.span.ccdf(exp_mod_normal_upper(at));
}

// F = phi(u) (M(-u) - M(rate - u)) with Mills' ratio M, for the lower tail.
Tensor exp_mod_normal_cdf(const Values& v) {
  const Modified at(v);
  const Tensor is_low = at.u.lt(0);
  const Tensor size = at::where(is_low, -at.u, 1.0);
  const Tensor low = log_one_minus_exp_of(log_mills_decrease(size, at.rate)) + log_mills(size) -
                     size.square() * 0.5 - kHalfLog2Pi;
  const Tensor upper = at::where(is_low, -1.0, exp_mod_normal_upper(at));
  return at.span.cdf(at::where(is_low, low, log_one_minus_exp_of(-upper)));
}

// Arguments xi, omega, alpha.
Tensor skew_normal_density(const Values& v) {
  const Span span(v[0], 0.0);
  const Tensor z = at::where(span.inside, (span.value - v[1]) / v[2], 0.0);
  return span.density(log_normal_lower(z * v[3]) - z.square() * 0.5 - kHalfLog2Pi + kLogTwo -
                      v[2].log());
}

// Arguments mu, sigma, tau; the rate is 2 (1 - tau) below mu, where a share of tau lies, and 2 tau
// above.
struct SkewedSides {
  explicit SkewedSides(const Values& v)
      : span(v[0], 0.0),
        z(at::where(span.inside, (span.value - v[1]) / v[2], 0.0)),
        is_low(z.lt(0)),
        low(at::where(is_low, z, 0.0) * (1 - v[3]) * 2),
        high(at::where(is_low, 0.0, z) * v[3] * -2) {}

  Span span;
  Tensor z, is_low;
  Tensor low, high;  // the exponents, at most 0
};

Tensor skew_laplace_density(const Values& v) {
  const SkewedSides at(v);
  const Tensor edge = v[3] * (1 - v[3]);
  const Tensor has_both = edge.gt(0);
  const Span inner(edge, 0.25, has_both.logical_and(at.span.inside), edge.lt(0));
  return inner.density(inner.value.log() + kLogTwo - v[2].log() + at.low + at.high);
}

// log(share) + exponent on its own side, log(1 - other share e^exponent) on the other.
Tensor skew_laplace_tail(const Tensor& is_own,
                         const Tensor& share,
                         const Tensor& own,
                         const Tensor& other) {
  const Tensor is_positive = share.gt(0);
  const Tensor safe = at::where(is_positive.logical_and(is_own), share, 0.5);
  const Tensor is_away = is_own.logical_not();
  // 1 - (1 - share) e^x = share e^x - (e^x - 1)
  const Tensor exponent = at::where(is_away, other, -1.0), part = at::where(is_away, share, 0.5);
  const Tensor rest = part * exponent.exp() - exponent.expm1();
  const Tensor is_left = rest.gt(0);
  const Tensor away = at::where(is_left,
                                at::where(is_left, (part - 1) * exponent.exp(), 0.0).log1p(),
                                -std::numeric_limits<double>::infinity());
  const Tensor near_own =
      at::where(is_positive, safe.log() + own, -std::numeric_limits<double>::infinity());
  return at::where(is_own, near_own, away);
}

Tensor skew_laplace_cdf(const Values& v) {
  const SkewedSides at(v);
  return at.span.cdf(skew_laplace_tail(at.is_low, v[3], at.low, at.high));
}

Tensor skew_laplace_ccdf(const Values& v) {
  const SkewedSides at(v);
  return at.span.ccdf(skew_laplace_tail(at.is_low.logical_not(), 1 - v[3], at.high, at.low));
}

double draw_exp_mod_normal(const Numbers& a, Draws& draws) {
  const double normal = draws.normal();
  return a[0] + a[1] * normal + draw_exponential(draws) / a[2];
}

double draw_skew_normal(const Numbers& a, Draws& draws) {
  const double half = std::abs(draws.normal()), other = draws.normal();
  return a[0] + a[1] * (a[2] * half + other) / std::hypot(1.0, a[2]);
}

double draw_skew_laplace(const Numbers& a, Draws& draws) {
  const bool is_low = draws.uniform() < a[2];
  const double size = a[1] * draw_exponential(draws) / 2;
  return is_low ? a[0] - size / (1 - a[2]) : a[0] + size / a[2];
}

}  // namespace

void add_skewed(std::vector<Univariate>& all) {
  all.push_back({"exp_mod_normal",
                 false,
                 {Domain::finite, Domain::positive, Domain::positive},
                 {},
                 exp_mod_normal_density,
                 exp_mod_normal_cdf,
                 exp_mod_normal_ccdf,
                 draw_exp_mod_normal});
  all.push_back({"skew_normal",
                 false,
                 {Domain::finite, Domain::positive, Domain::finite},
                 {},
                 skew_normal_density,
                 nullptr,
                 nullptr,
                 draw_skew_normal});
  all.push_back({"skew_double_exponential",
                 false,
                 {Domain::finite, Domain::positive, Domain::probability},
                 {},
                 skew_laplace_density,
                 skew_laplace_cdf,
                 skew_laplace_ccdf,
                 draw_skew_laplace});
}

}  // namespace elbow::programs
