#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>

#include <c10/util/Exception.h>

#include <cmath>

#include "elbow/distributions/beta.h"
#include "elbow/distributions/dirichlet.h"
#include "elbow/distributions/gamma.h"
#include "elbow/distributions/location_scale.h"
#include "elbow/distributions/normal.h"
#include "elbow/distributions/von_mises_fisher.h"
#include "kl_rows.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

// With r = log(b_p / b_q) and d = |shift| / b_p: e^r (e^-d + d) - 1 - r.
Tensor laplace_laplace(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const Laplace&>(first);
  const auto& q = dynamic_cast<const Laplace&>(second);
  const Tensor ratio = p.log_scale() - q.log_scale();
  const Tensor shift = (p.loc() - q.loc()).abs() * (-p.log_scale()).exp();
  return ratio.exp() * ((-shift).expm1() + shift) + ratio.expm1() - ratio;
}

// The variance of a Laplace is 2 b^2, its entropy 1 + log(2 b).
Tensor laplace_normal(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const Laplace&>(first);
  const auto& q = dynamic_cast<const Normal&>(second);
  const Tensor ratio = p.log_scale() - q.log_scale();
  const Tensor shift = (p.loc() - q.loc()) * (-q.log_scale()).exp();
  const double constant = kHalfLog2Pi - 1 - std::log(2.0);
  return (ratio * 2).exp() + shift.square() * 0.5 - ratio + constant;
}

Tensor log_normal_log_normal(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const LogNormal&>(first);
  const auto& q = dynamic_cast<const LogNormal&>(second);
  return normal_kl_terms(p.loc(), p.log_scale(), q.loc(), q.log_scale());
}

Tensor gamma_gamma(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const Gamma&>(first);
  const auto& q = dynamic_cast<const Gamma&>(second);
  const Tensor a = p.log_concentration().exp(), b = q.log_concentration().exp();
  const Tensor ratio = q.log_rate() - p.log_rate();
  return (a - b) * at::digamma(a) - at::lgamma(a) + at::lgamma(b) + a * ratio.expm1() - b * ratio;
}

// KL of Dirichlets by their concentrations along the last dimension.
Tensor dirichlet_terms(const Tensor& p, const Tensor& q) {
  const Tensor p_total = p.sum(-1), q_total = q.sum(-1);
  const Tensor mean_logs = at::digamma(p) - at::digamma(p_total).unsqueeze(-1);
  return ((p - q) * mean_logs - at::lgamma(p) + at::lgamma(q)).sum(-1) + at::lgamma(p_total) -
         at::lgamma(q_total);
}

Tensor dirichlet_dirichlet(const Distribution& first, const Distribution& second) {
  const Tensor& p = dynamic_cast<const Dirichlet&>(first).log_concentration();
  const Tensor& q = dynamic_cast<const Dirichlet&>(second).log_concentration();
  check_broadcast("KL of dirichlet", "p.log_concentration", p, "q.log_concentration", q);
  return dirichlet_terms(p.exp(), q.exp());
}

Tensor beta_beta(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const Beta&>(first);
  const auto& q = dynamic_cast<const Beta&>(second);
  const Tensor a = p.log_a().exp(), b = p.log_b().exp(), total = a + b;
  const Tensor qa = q.log_a().exp(), qb = q.log_b().exp(), q_total = qa + qb;
  const Tensor mean_logs = (a - qa) * at::digamma(a) + (b - qb) * at::digamma(b) -
                           (total - q_total) * at::digamma(total);
  return mean_logs - at::lgamma(a) - at::lgamma(b) + at::lgamma(total) + at::lgamma(qa) +
         at::lgamma(qb) - at::lgamma(q_total);
}

Tensor von_mises_fisher_uniform(const Distribution& first, const Distribution& second) {
  TORCH_CHECK(first.event_shape() == second.event_shape(),
              "KL of von_mises_fisher: p lies in R^",
              first.event_shape().front(),
              " but q in R^",
              second.event_shape().front());
  return dynamic_cast<const VonMisesFisher&>(first).kl_to_uniform();
}

}  // namespace

std::vector<KlRow> continuous_kl_rows() {
  return {
      {"laplace", "laplace", true, laplace_laplace},
      {"laplace", "normal", true, laplace_normal},
      {"log_normal", "log_normal", true, log_normal_log_normal},
      {"gamma", "gamma", true, gamma_gamma},
      {"beta", "beta", true, beta_beta},
      {"dirichlet", "dirichlet", false, dirichlet_dirichlet},
      {"von_mises_fisher", "uniform_sphere", false, von_mises_fisher_uniform},
  };
}

}  // namespace elbow
