#include "elbow/probability/families/normal_gamma.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/linalg_solve_triangular.h>

#include "elbow/probability/distributions/gamma.h"
#include "elbow/probability/families/matrix_parts.h"
#include "gamma_concentration.h"

namespace elbow {

namespace {

struct NormalGammaParts {
  Tensor location, precision;  ///< m, K
  Tensor covariance, log_det;  ///< K^-1, ln |K|
  Tensor concentration, rate;  ///< a, b
};

NormalGammaParts normal_gamma_parts(const Tensor& eta, std::int64_t size) {
  NormalGammaParts out;
  const Tensor weighted = eta.narrow(-1, 2, size);
  out.precision = as_matrix(eta.narrow(-1, 2 + size, size * size), size) * -2.0;
  const InversePair pair = inverse_of(out.precision);
  out.covariance = pair.inverse;
  out.log_det = pair.log_det;
  out.location = pair.inverse.matmul(weighted.unsqueeze(-1)).squeeze(-1);
  out.concentration = eta.select(-1, 0) + (1.0 - 0.5 * static_cast<double>(size));
  out.rate = -eta.select(-1, 1) - 0.5 * (weighted * out.location).sum(-1);
  return out;
}

Tensor joined_normal_gamma(const Tensor& log_tau,
                           const Tensor& tau,
                           const Tensor& tau_w,
                           const Tensor& tau_ww) {
  return at::cat({log_tau.unsqueeze(-1), tau.unsqueeze(-1), tau_w, tau_ww.flatten(-2)}, -1);
}

}  // namespace

std::int64_t NormalGammaFamily::natural_size() const { return 2 + size_ + size_ * size_; }
std::int64_t NormalGammaFamily::event_size() const { return size_ + 1; }

Tensor NormalGammaFamily::statistics(const Tensor& x) const {
  const Tensor w = x.narrow(-1, 0, size_), tau = x.select(-1, size_);
  const Tensor tau_w = tau.unsqueeze(-1) * w;
  return joined_normal_gamma(tau.log(), tau, tau_w, tau_w.unsqueeze(-1) * w.unsqueeze(-2));
}

Tensor NormalGammaFamily::log_partition(const Tensor& eta) const {
  const NormalGammaParts p = normal_gamma_parts(eta, size_);
  return at::lgamma(p.concentration) - p.concentration * p.rate.log() - 0.5 * p.log_det +
         0.5 * static_cast<double>(size_) * std::log(2 * M_PI);
}

Tensor NormalGammaFamily::mean(const Tensor& eta) const {
  const NormalGammaParts p = normal_gamma_parts(eta, size_);
  const Tensor tau = p.concentration / p.rate;
  const Tensor tau_w = tau.unsqueeze(-1) * p.location;
  return joined_normal_gamma(at::digamma(p.concentration) - p.rate.log(),
                             tau,
                             tau_w,
                             p.covariance + tau_w.unsqueeze(-1) * p.location.unsqueeze(-2));
}

Tensor NormalGammaFamily::natural_from_mean(const Tensor& mean) const {
  const Tensor log_tau = mean.select(-1, 0), tau = mean.select(-1, 1);
  const Tensor a = gamma_concentration(tau.log() - log_tau);
  const Tensor tau_w = mean.narrow(-1, 2, size_), location = tau_w / tau.unsqueeze(-1);
  const Tensor second = as_matrix(mean.narrow(-1, 2 + size_, size_ * size_), size_);
  const Tensor covariance = second - tau_w.unsqueeze(-1) * location.unsqueeze(-2);
  return natural({location, inverse_of(symmetric(covariance)).inverse, a, a / tau});
}

OrdinaryParameters NormalGammaFamily::ordinary(const Tensor& eta) const {
  const NormalGammaParts p = normal_gamma_parts(eta, size_);
  return {{"location", p.location},
          {"precision", p.precision},
          {"concentration", p.concentration},
          {"rate", p.rate}};
}

Tensor NormalGammaFamily::natural(const std::vector<Tensor>& ordinary) const {
  const Tensor &m = ordinary.at(0), &k = ordinary.at(1);
  const Tensor weighted = k.matmul(m.unsqueeze(-1)).squeeze(-1);
  return joined_normal_gamma(ordinary.at(2) + (0.5 * static_cast<double>(size_) - 1.0),
                             -ordinary.at(3) - 0.5 * (weighted * m).sum(-1),
                             weighted,
                             k * -0.5);
}

Tensor NormalGammaFamily::mode(const Tensor& eta) const {
  const NormalGammaParts p = normal_gamma_parts(eta, size_);
  return at::cat({p.location, (eta.select(-1, 0) / p.rate).unsqueeze(-1)}, -1);
}

Tensor NormalGammaFamily::sample(const Tensor& eta, RandomSource& source) const {
  const NormalGammaParts p = normal_gamma_parts(eta, size_);
  const Tensor tau = Gamma(p.concentration.log(), p.rate.log()).rsample({}, source).unsqueeze(-1);
  const Tensor factor = at::linalg_cholesky(p.precision);
  const Tensor noise = source.normal(p.location.sizes(), p.location.options()).unsqueeze(-1);
  const Tensor scaled =
      at::linalg_solve_triangular(factor.transpose(-1, -2), noise, /*upper=*/true).squeeze(-1);
  return at::cat({p.location + scaled / tau.sqrt(), tau}, -1);
}

std::string NormalGammaFamily::problem(const Tensor& eta) const {
  if (!eta.isfinite().all().item<bool>()) return "a parameter is not finite";
  if (!all_positive_definite(as_matrix(eta.narrow(-1, 2 + size_, size_ * size_), size_) * -2.0))
    return "a precision matrix is not positive definite";
  const NormalGammaParts p = normal_gamma_parts(eta, size_);
  if (!p.concentration.gt(0).all().item<bool>()) return "a concentration is not positive";
  return p.rate.gt(0).all().item<bool>() ? "" : "a rate is not positive";
}

}  // namespace elbow
