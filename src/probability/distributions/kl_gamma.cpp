// KL of families whose log partition is made of log-gammas: gamma, beta, Dirichlet.
//
// Plain sums of log-gammas cancel: at concentrations of a thousand float32 leaves an error of 1e-4,
// which makes a small KL negative. Here ln Gamma is its Stirling part and a remainder, and what the
// former contributes is written as sums of terms that cannot be negative; all in float64.
#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "elbow/probability/distributions/beta.h"
#include "elbow/probability/distributions/dirichlet.h"
#include "elbow/probability/distributions/gamma.h"
#include "kl_rows.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

/// From here on the asymptotic series has all digits of float64.
constexpr double kLargeArgument = 12;

/// sum_i coefficients[i] y^i
Tensor inverse_series(const Tensor& y, std::initializer_list<double> coefficients) {
  Tensor out;
  for (auto c = std::rbegin(coefficients); c != std::rend(coefficients); ++c)
    out = out.defined() ? out * y + *c : y * 0.0 + *c;
  return out;
}

/// ln Gamma(x) - ((x - 1/2) ln x - x + ln(2 pi) / 2). Abramowitz, Stegun, 6.1.41.
Tensor stirling_remainder(const Tensor& x) {
  const Tensor large = x.clamp_min(kLargeArgument), small = x.clamp_max(kLargeArgument);
  const Tensor inverse = large.reciprocal();
  const Tensor series =
      inverse *
      inverse_series(
          inverse.square(),
          {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156});
  const Tensor direct =
      at::lgamma(small) - (small - 0.5) * small.log() + small - 0.5 * std::log(2 * M_PI);
  return at::where(x > kLargeArgument, series, direct);
}

/// Its derivative, digamma(x) - ln x + 1 / (2 x). Abramowitz, Stegun, 6.3.18.
Tensor stirling_slope(const Tensor& x) {
  const Tensor large = x.clamp_min(kLargeArgument), small = x.clamp_max(kLargeArgument);
  const Tensor y = large.square().reciprocal();
  const Tensor series =
      y *
      inverse_series(
          y, {-1.0 / 12, 1.0 / 120, -1.0 / 252, 1.0 / 240, -1.0 / 132, 691.0 / 32760, -1.0 / 12});
  const Tensor direct = at::digamma(small) - small.log() + small.reciprocal() * 0.5;
  return at::where(x > kLargeArgument, series, direct);
}

/// What the remainders of q lie above their tangent at p.
Tensor remainder_gap(const Tensor& p, const Tensor& q) {
  return stirling_remainder(q) - stirling_remainder(p) - stirling_slope(p) * (q - p);
}

/// e^r - 1 - r, never below 0 but for rounding.
Tensor exponential_gap(const Tensor& r) { return r.expm1() - r; }

Tensor gamma_gamma(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const Gamma&>(first);
  const auto& q = dynamic_cast<const Gamma&>(second);
  const Tensor log_a = p.log_concentration().to(at::kDouble);
  const Tensor ratio = q.log_concentration().to(at::kDouble) - log_a;
  const Tensor rate_ratio = q.log_rate().to(at::kDouble) - p.log_rate().to(at::kDouble);
  const Tensor a = log_a.exp(), b = a * ratio.exp(), apart = rate_ratio - ratio;
  const Tensor out =
      b * exponential_gap(apart) + exponential_gap(ratio) * 0.5 + remainder_gap(a, b);
  return out.to(p.log_concentration().scalar_type());
}

/// KL of Dirichlets by the logarithms of their concentrations along the last dimension.
Tensor dirichlet_terms(const Tensor& p, const Tensor& q) {
  const Tensor log_a = p.to(at::kDouble), ratio = q.to(at::kDouble) - log_a;
  const Tensor a = log_a.exp(), b = a * ratio.exp();
  const Tensor a_total = a.sum(-1), b_total = b.sum(-1);
  const Tensor total_ratio = ((a * ratio.expm1()).sum(-1) / a_total).log1p();
  // The first sum is b_total times the KL of the proportions q from those of p.
  const Tensor out = (b * exponential_gap(total_ratio.unsqueeze(-1) - ratio)).sum(-1) +
                     (exponential_gap(ratio).sum(-1) - exponential_gap(total_ratio)) * 0.5 +
                     remainder_gap(a, b).sum(-1) - remainder_gap(a_total, b_total);
  return out.to(p.scalar_type());
}

Tensor dirichlet_dirichlet(const Distribution& first, const Distribution& second) {
  const Tensor& p = dynamic_cast<const Dirichlet&>(first).log_concentration();
  const Tensor& q = dynamic_cast<const Dirichlet&>(second).log_concentration();
  check_broadcast("KL of dirichlet", "p.log_concentration", p, "q.log_concentration", q);
  return dirichlet_terms(p, q);
}

/// Beta(a, b) is the first of two Dirichlet proportions.
Tensor beta_beta(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const Beta&>(first);
  const auto& q = dynamic_cast<const Beta&>(second);
  return dirichlet_terms(at::stack({p.log_a(), p.log_b()}, -1),
                         at::stack({q.log_a(), q.log_b()}, -1));
}

}  // namespace

std::vector<KlRow> gamma_kl_rows() {
  return {
      {"gamma", "gamma", true, gamma_gamma},
      {"beta", "beta", true, beta_beta},
      {"dirichlet", "dirichlet", false, dirichlet_dirichlet},
  };
}

}  // namespace elbow
