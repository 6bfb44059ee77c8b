// Normal components as quadratic forms, for the one-pass kernel, and back from its moments.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/stack.h>

#include <cmath>

#include "normal_components.h"

namespace elbow {

std::optional<QuadraticScores> NormalUnitComponents::quadratic_scores(const Tensor& mean) const {
  // E|x - mu|^2 = |x - E mu|^2 + Var mu.
  const Tensor location = mean.select(-1, 0), spread = mean.select(-1, 1) - location.square();
  QuadraticScores out;
  out.means = location;
  out.constants = spread.sum(-1) * (-0.5 / variance_);
  out.factors = at::full_like(location, 1.0 / std::sqrt(variance_));
  out.is_diagonal = true;
  out.base = -0.5 * std::log(2 * M_PI * variance_) * static_cast<double>(location.size(-1));
  return out;
}

Tensor NormalUnitComponents::from_moments(const Tensor& counts,
                                          const Tensor& sums,
                                          const Tensor&) const {
  return at::stack({sums / variance_, (counts * (-0.5 / variance_)).unsqueeze(-1).expand_as(sums)},
                   -1);
}

std::optional<QuadraticScores> NormalDiagonalComponents::quadratic_scores(
    const Tensor& mean) const {
  // E[tau (x - mu)^2] = E[tau] (x - m)^2 + E[tau mu^2] - E[tau] m^2 with m = E[tau mu] / E[tau].
  const Tensor log_tau = mean.select(-1, 0), tau = mean.select(-1, 1), tau_mu = mean.select(-1, 2),
               tau_mu2 = mean.select(-1, 3);
  QuadraticScores out;
  out.means = tau_mu / tau;
  out.constants = 0.5 * (log_tau - tau_mu2 + tau_mu * out.means).sum(-1);
  out.factors = tau.sqrt();
  out.is_diagonal = true;
  out.base = -0.5 * std::log(2 * M_PI) * static_cast<double>(tau.size(-1));
  return out;
}

Tensor NormalDiagonalComponents::from_moments(const Tensor& counts,
                                              const Tensor& sums,
                                              const Tensor& squares) const {
  const Tensor half = (counts * 0.5).unsqueeze(-1).expand_as(sums);
  return at::stack({half, squares * -0.5, sums, -half}, -1);
}

std::optional<QuadraticScores> NormalFullComponents::quadratic_scores(const Tensor& mean) const {
  const Tensor log_det = mean.select(-1, 0);
  const Tensor precision = mean.narrow(-1, 1, size_ * size_).reshape({-1, size_, size_});
  const Tensor weighted = mean.narrow(-1, 1 + size_ * size_, size_);
  const Tensor lower = at::linalg_cholesky(precision);
  QuadraticScores out;
  out.means = at::cholesky_solve(weighted.unsqueeze(-1), lower).squeeze(-1);
  out.constants =
      0.5 * (log_det - mean.select(-1, 1 + size_ * size_ + size_) + (weighted * out.means).sum(-1));
  out.factors = lower.transpose(-1, -2).contiguous();
  out.base = -0.5 * std::log(2 * M_PI) * static_cast<double>(size_);
  return out;
}

Tensor NormalFullComponents::from_moments(const Tensor& counts,
                                          const Tensor& sums,
                                          const Tensor& squares) const {
  const Tensor half = (counts * 0.5).unsqueeze(-1);
  return at::cat({half, squares.flatten(1) * -0.5, sums, -half}, -1);
}

}  // namespace elbow
