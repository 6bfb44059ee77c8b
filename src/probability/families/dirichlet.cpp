#include "elbow/probability/families/dirichlet.h"

#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/polygamma.h>
#include <ATen/ops/zeros_like.h>

#include "dirichlet_newton.h"
#include "elbow/probability/distributions/gamma.h"
#include "newton.h"

namespace elbow {

std::int64_t DirichletFamily::natural_size() const { return size_; }
std::int64_t DirichletFamily::event_size() const { return size_; }

Tensor DirichletFamily::statistics(const Tensor& x) const { return x.log(); }

Tensor DirichletFamily::log_partition(const Tensor& eta) const {
  const Tensor concentration = eta + 1.0;
  return at::lgamma(concentration).sum(-1) - at::lgamma(concentration.sum(-1));
}

Tensor DirichletFamily::mean(const Tensor& eta) const {
  const Tensor concentration = eta + 1.0;
  return at::digamma(concentration) - at::digamma(concentration.sum(-1, /*keepdim=*/true));
}

Tensor dirichlet_concentration(const Tensor& mean_log) {
  // Minka's fixed point finds the region, Newton with its rank-one Hessian the digits ("Estimating
  // a Dirichlet distribution", 2000, section 1, equations 9 and 15 to 18).
  Tensor a = at::ones_like(mean_log);
  for (int i = 0; i < 100; ++i)
    a = inverse_digamma(at::digamma(a.sum(-1, /*keepdim=*/true)) + mean_log);
  return newton_positive(a, 20, [&](const Tensor& x) {
    const Tensor total = x.sum(-1, /*keepdim=*/true);
    const Tensor gradient = at::digamma(total) - at::digamma(x) + mean_log;
    const Tensor q = -at::polygamma(1, x), z = at::polygamma(1, total);
    const Tensor b = (gradient / q).sum(-1, /*keepdim=*/true) /
                     (z.reciprocal() + q.reciprocal().sum(-1, /*keepdim=*/true));
    return (gradient - b) / q;
  });
}

Tensor DirichletFamily::natural_from_mean(const Tensor& mean) const {
  return dirichlet_concentration(mean) - 1.0;
}

OrdinaryParameters DirichletFamily::ordinary(const Tensor& eta) const {
  return {{"concentration", eta + 1.0}};
}

Tensor DirichletFamily::natural(const std::vector<Tensor>& ordinary) const {
  return ordinary.at(0) - 1.0;
}

Tensor DirichletFamily::mode(const Tensor& eta) const {
  // Below zero the density has no inner mode; the corner that it points at has none of that
  // component.
  const Tensor positive = eta.clamp_min(0.0);
  // Without counts and without a prior all proportions are equally good.
  const Tensor is_free = eta.eq(0).all(-1, /*keepdim=*/true);
  return (positive / positive.sum(-1, /*keepdim=*/true))
      .masked_fill(is_free, 1.0 / static_cast<double>(size_));
}

Tensor DirichletFamily::sample(const Tensor& eta, RandomSource& source) const {
  const Tensor concentration = eta + 1.0;
  const Tensor draws =
      Gamma(concentration.log(), at::zeros_like(concentration)).rsample({}, source);
  return draws / draws.sum(-1, /*keepdim=*/true);
}

std::string DirichletFamily::problem(const Tensor& eta) const {
  if (!eta.isfinite().all().item<bool>()) return "a concentration is not finite";
  return eta.gt(-1.0).all().item<bool>() ? "" : "a concentration is not positive";
}

}  // namespace elbow
