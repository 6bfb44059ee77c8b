#include "elbow/probability/families/normal_wishart.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_solve_triangular.h>

#include "elbow/probability/families/matrix_parts.h"
#include "wishart_draw.h"

namespace elbow {

namespace {

struct NormalWishartParts {
  Tensor degrees, inverse_scale, scale, log_det_scale;  ///< nu, W^-1, W, ln |W|
  Tensor location, strength;                            ///< m, kappa
};

Tensor wide(const Tensor& scalar) { return scalar.unsqueeze(-1).unsqueeze(-1); }

/// W^-1 alone, which need not be positive definite yet.
Tensor inverse_scale_of(const Tensor& eta, std::int64_t size) {
  const Tensor weighted = eta.narrow(-1, 1 + size * size, size);
  const Tensor strength = eta.select(-1, 1 + size * size + size) * -2.0;
  return as_matrix(eta.narrow(-1, 1, size * size), size) * -2.0 - outer(weighted) / wide(strength);
}

NormalWishartParts normal_wishart_parts(const Tensor& eta, std::int64_t size) {
  NormalWishartParts out;
  out.degrees = eta.select(-1, 0) * 2.0 + static_cast<double>(size);
  out.strength = eta.select(-1, 1 + size * size + size) * -2.0;
  out.location = eta.narrow(-1, 1 + size * size, size) / out.strength.unsqueeze(-1);
  out.inverse_scale = symmetric(inverse_scale_of(eta, size));
  const InversePair pair = inverse_of(out.inverse_scale);
  out.scale = pair.inverse;
  out.log_det_scale = -pair.log_det;
  return out;
}

Tensor joined_normal_wishart(const Tensor& log_det,
                             const Tensor& matrix,
                             const Tensor& vector,
                             const Tensor& scalar) {
  return at::cat({log_det.unsqueeze(-1), matrix.flatten(-2), vector, scalar.unsqueeze(-1)}, -1);
}

}  // namespace

std::int64_t NormalWishartFamily::natural_size() const { return 2 + size_ + size_ * size_; }
std::int64_t NormalWishartFamily::event_size() const { return size_ + size_ * size_; }

Tensor NormalWishartFamily::statistics(const Tensor& x) const {
  const Tensor mu = x.narrow(-1, 0, size_);
  const Tensor precision = as_matrix(x.narrow(-1, size_, size_ * size_), size_);
  return joined_normal_wishart(inverse_of(precision).log_det,
                               precision,
                               precision.matmul(mu.unsqueeze(-1)).squeeze(-1),
                               quadratic(precision, mu));
}

Tensor NormalWishartFamily::log_partition(const Tensor& eta) const {
  const NormalWishartParts p = normal_wishart_parts(eta, size_);
  const double d = static_cast<double>(size_);
  return 0.5 * p.degrees * (p.log_det_scale + d * std::log(2.0)) +
         log_multivariate_gamma(p.degrees * 0.5, size_) -
         0.5 * d * (p.strength.log() - std::log(2 * M_PI));
}

Tensor NormalWishartFamily::mean(const Tensor& eta) const {
  const NormalWishartParts p = normal_wishart_parts(eta, size_);
  const double d = static_cast<double>(size_);
  const Tensor log_det =
      multivariate_digamma(p.degrees * 0.5, size_) + p.log_det_scale + d * std::log(2.0);
  const Tensor precision = wide(p.degrees) * p.scale;
  return joined_normal_wishart(log_det,
                               precision,
                               precision.matmul(p.location.unsqueeze(-1)).squeeze(-1),
                               d / p.strength + quadratic(precision, p.location));
}

Tensor NormalWishartFamily::natural_from_mean(const Tensor& mean) const {
  const Tensor precision = as_matrix(mean.narrow(-1, 1, size_ * size_), size_);
  const Tensor vector = mean.narrow(-1, 1 + size_ * size_, size_);
  const Tensor scalar = mean.select(-1, 1 + size_ * size_ + size_);
  const InversePair pair = inverse_of(precision);
  const Tensor location = pair.inverse.matmul(vector.unsqueeze(-1)).squeeze(-1);
  const Tensor strength = static_cast<double>(size_) / (scalar - (location * vector).sum(-1));
  const Tensor degrees = wishart_degrees(pair.log_det - mean.select(-1, 0), size_);
  return natural({location, strength, pair.inverse * wide(degrees), degrees});
}

OrdinaryParameters NormalWishartFamily::ordinary(const Tensor& eta) const {
  const NormalWishartParts p = normal_wishart_parts(eta, size_);
  return {{"location", p.location},
          {"strength", p.strength},
          {"inverse_scale", p.inverse_scale},
          {"degrees", p.degrees}};
}

Tensor NormalWishartFamily::natural(const std::vector<Tensor>& ordinary) const {
  const Tensor &m = ordinary.at(0), &strength = ordinary.at(1);
  return joined_normal_wishart((ordinary.at(3) - static_cast<double>(size_)) * 0.5,
                               (ordinary.at(2) + wide(strength) * outer(m)) * -0.5,
                               strength.unsqueeze(-1) * m,
                               strength * -0.5);
}

Tensor NormalWishartFamily::mode(const Tensor& eta) const {
  const NormalWishartParts p = normal_wishart_parts(eta, size_);
  return at::cat({p.location, (wide(eta.select(-1, 0) * 2.0) * p.scale).flatten(-2)}, -1);
}

Tensor NormalWishartFamily::sample(const Tensor& eta, RandomSource& source) const {
  const NormalWishartParts p = normal_wishart_parts(eta, size_);
  const Tensor precision = wishart_draw(p.inverse_scale, p.degrees, source);
  const Tensor factor = at::linalg_cholesky(precision);
  const Tensor noise = source.normal(p.location.sizes(), p.location.options()).unsqueeze(-1);
  const Tensor scaled =
      at::linalg_solve_triangular(factor.transpose(-1, -2), noise, /*upper=*/true).squeeze(-1);
  return at::cat({p.location + scaled / p.strength.sqrt().unsqueeze(-1), precision.flatten(-2)},
                 -1);
}

std::string NormalWishartFamily::problem(const Tensor& eta) const {
  if (!eta.isfinite().all().item<bool>()) return "a parameter is not finite";
  if (!eta.select(-1, 1 + size_ * size_ + size_).lt(0).all().item<bool>())
    return "the strength of a mean is not positive";
  if (!eta.select(-1, 0).gt(-0.5).all().item<bool>())
    return "degrees of freedom are not above D - 1";
  return all_positive_definite(inverse_scale_of(eta, size_))
             ? ""
             : "a scale matrix is not positive definite";
}

}  // namespace elbow
