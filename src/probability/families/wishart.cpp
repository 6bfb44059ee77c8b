#include "elbow/probability/families/wishart.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/diag_embed.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/polygamma.h>
#include <ATen/ops/tril.h>
#include <ATen/ops/zeros_like.h>

#include "elbow/probability/distributions/gamma.h"
#include "elbow/probability/families/matrix_parts.h"
#include "newton.h"
#include "wishart_draw.h"

namespace elbow {

Tensor wishart_degrees(const Tensor& log_ratio, std::int64_t size) {
  // With e = nu - D + 1 > 0 as the unknown: D ln(nu / 2) - sum digamma((nu - i) / 2) = log_ratio,
  // decreasing in nu.
  const double d = static_cast<double>(size);
  const Tensor start = 0.5 * d * (d + 1) / log_ratio;
  const Tensor excess = newton_positive(start, 60, [&](const Tensor& e) {
    const Tensor half = (e + (d - 1)) * 0.5;
    const Tensor value = d * half.log() - multivariate_digamma(half, size) - log_ratio;
    const Tensor slope =
        0.5 *
        (d / half - sum_of_halves(half, size, [](const Tensor& y) { return at::polygamma(1, y); }));
    return value / slope;
  });
  return excess + (d - 1);
}

Tensor wishart_draw(const Tensor& inverse_scale, const Tensor& degrees, RandomSource& source) {
  const std::int64_t size = inverse_scale.size(-1);
  const Tensor halves = (degrees.unsqueeze(-1) - at::arange(size, degrees.options())) * 0.5;
  // chi^2 with nu - i degrees of freedom is Gamma((nu - i) / 2, 1 / 2).
  const Tensor diagonal =
      (Gamma(halves.log(), at::zeros_like(halves)).rsample({}, source) * 2.0).sqrt();
  const Tensor below = source.normal(inverse_scale.sizes(), inverse_scale.options()).tril(-1);
  const Tensor bartlett = below + at::diag_embed(diagonal);
  // W = (L L^T)^-1 for W^-1 = L L^T, so L^-T is a square root of W.
  const Tensor factor = at::linalg_cholesky(inverse_scale);
  const Tensor root =
      at::linalg_solve_triangular(factor.transpose(-1, -2), bartlett, /*upper=*/true);
  return symmetric(root.matmul(root.transpose(-1, -2)));
}

namespace {

struct WishartParts {
  Tensor degrees, inverse_scale, scale, log_det_scale;
};

WishartParts wishart_parts(const Tensor& eta, std::int64_t size) {
  WishartParts out;
  out.degrees = eta.select(-1, 0) * 2.0 + static_cast<double>(size + 1);
  out.inverse_scale = as_matrix(eta.narrow(-1, 1, size * size), size) * -2.0;
  const InversePair pair = inverse_of(out.inverse_scale);
  out.scale = pair.inverse;
  out.log_det_scale = -pair.log_det;
  return out;
}

}  // namespace

std::int64_t WishartFamily::natural_size() const { return 1 + size_ * size_; }
std::int64_t WishartFamily::event_size() const { return size_ * size_; }

Tensor WishartFamily::statistics(const Tensor& x) const {
  return at::cat({inverse_of(as_matrix(x, size_)).log_det.unsqueeze(-1), x}, -1);
}

Tensor WishartFamily::log_partition(const Tensor& eta) const {
  const WishartParts p = wishart_parts(eta, size_);
  const double d = static_cast<double>(size_);
  return 0.5 * p.degrees * (p.log_det_scale + d * std::log(2.0)) +
         log_multivariate_gamma(p.degrees * 0.5, size_);
}

Tensor WishartFamily::mean(const Tensor& eta) const {
  const WishartParts p = wishart_parts(eta, size_);
  const Tensor log_det = multivariate_digamma(p.degrees * 0.5, size_) + p.log_det_scale +
                         static_cast<double>(size_) * std::log(2.0);
  return at::cat(
      {log_det.unsqueeze(-1), (p.degrees.unsqueeze(-1).unsqueeze(-1) * p.scale).flatten(-2)}, -1);
}

Tensor WishartFamily::natural_from_mean(const Tensor& mean) const {
  const Tensor expectation = as_matrix(mean.narrow(-1, 1, size_ * size_), size_);
  const InversePair pair = inverse_of(expectation);
  const Tensor degrees = wishart_degrees(pair.log_det - mean.select(-1, 0), size_);
  return natural({pair.inverse * degrees.unsqueeze(-1).unsqueeze(-1), degrees});
}

OrdinaryParameters WishartFamily::ordinary(const Tensor& eta) const {
  const WishartParts p = wishart_parts(eta, size_);
  return {{"inverse_scale", p.inverse_scale}, {"degrees", p.degrees}};
}

Tensor WishartFamily::natural(const std::vector<Tensor>& ordinary) const {
  const Tensor half = (ordinary.at(1) - static_cast<double>(size_ + 1)) * 0.5;
  return at::cat({half.unsqueeze(-1), ordinary.at(0).flatten(-2) * -0.5}, -1);
}

Tensor WishartFamily::mode(const Tensor& eta) const {
  const WishartParts p = wishart_parts(eta, size_);
  return (eta.select(-1, 0).unsqueeze(-1).unsqueeze(-1) * 2.0 * p.scale).flatten(-2);
}

Tensor WishartFamily::sample(const Tensor& eta, RandomSource& source) const {
  const WishartParts p = wishart_parts(eta, size_);
  return wishart_draw(p.inverse_scale, p.degrees, source).flatten(-2);
}

std::string WishartFamily::problem(const Tensor& eta) const {
  if (!eta.isfinite().all().item<bool>()) return "a parameter is not finite";
  if (!eta.select(-1, 0).gt(-1.0).all().item<bool>())
    return "degrees of freedom are not above D - 1";
  return all_positive_definite(as_matrix(eta.narrow(-1, 1, size_ * size_), size_) * -2.0)
             ? ""
             : "a scale matrix is not positive definite";
}

}  // namespace elbow
