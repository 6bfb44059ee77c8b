#include <c10/util/Exception.h>

#include <cmath>

#include "elbow/probability/distributions/location_scale.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/distributions/von_mises_fisher.h"
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
      {"von_mises_fisher", "uniform_sphere", false, von_mises_fisher_uniform},
  };
}

}  // namespace elbow
