#include "elbow/probability/families/normal.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_solve_triangular.h>

#include "elbow/probability/families/matrix_parts.h"

namespace elbow {

namespace {

struct NormalParts {
  Tensor precision_mean, precision;
};

NormalParts normal_parts(const Tensor& eta, std::int64_t size) {
  return {eta.narrow(-1, 0, size), as_matrix(eta.narrow(-1, size, size * size), size) * -2.0};
}

}  // namespace

std::int64_t NormalFamily::natural_size() const { return size_ + size_ * size_; }
std::int64_t NormalFamily::event_size() const { return size_; }

Tensor NormalFamily::statistics(const Tensor& x) const {
  return at::cat({x, outer(x).flatten(-2)}, -1);
}

Tensor NormalFamily::log_partition(const Tensor& eta) const {
  const NormalParts p = normal_parts(eta, size_);
  const InversePair covariance = inverse_of(p.precision);
  return 0.5 * (quadratic(covariance.inverse, p.precision_mean) - covariance.log_det +
                static_cast<double>(size_) * std::log(2 * M_PI));
}

Tensor NormalFamily::mean(const Tensor& eta) const {
  const NormalParts p = normal_parts(eta, size_);
  const Tensor covariance = inverse_of(p.precision).inverse;
  const Tensor location = covariance.matmul(p.precision_mean.unsqueeze(-1)).squeeze(-1);
  return at::cat({location, (covariance + outer(location)).flatten(-2)}, -1);
}

Tensor NormalFamily::natural_from_mean(const Tensor& mean) const {
  const Tensor location = mean.narrow(-1, 0, size_);
  const Tensor second = as_matrix(mean.narrow(-1, size_, size_ * size_), size_);
  return natural({location, inverse_of(second - outer(location)).inverse});
}

OrdinaryParameters NormalFamily::ordinary(const Tensor& eta) const {
  return {{"location", mode(eta)}, {"precision", normal_parts(eta, size_).precision}};
}

Tensor NormalFamily::natural(const std::vector<Tensor>& ordinary) const {
  const Tensor& precision = ordinary.at(1);
  return at::cat(
      {precision.matmul(ordinary.at(0).unsqueeze(-1)).squeeze(-1), precision.flatten(-2) * -0.5},
      -1);
}

Tensor NormalFamily::mode(const Tensor& eta) const {
  const NormalParts p = normal_parts(eta, size_);
  return inverse_of(p.precision).inverse.matmul(p.precision_mean.unsqueeze(-1)).squeeze(-1);
}

Tensor NormalFamily::sample(const Tensor& eta, RandomSource& source) const {
  // The precision is L L^T, so L^-T noise has its inverse as covariance.
  const Tensor factor = at::linalg_cholesky(normal_parts(eta, size_).precision);
  const Tensor location = mode(eta);
  const Tensor noise = source.normal(location.sizes(), location.options()).unsqueeze(-1);
  return location +
         at::linalg_solve_triangular(factor.transpose(-1, -2), noise, /*upper=*/true).squeeze(-1);
}

std::string NormalFamily::problem(const Tensor& eta) const {
  if (!eta.isfinite().all().item<bool>()) return "a parameter is not finite";
  return all_positive_definite(normal_parts(eta, size_).precision)
             ? ""
             : "a precision matrix is not positive definite";
}

}  // namespace elbow
