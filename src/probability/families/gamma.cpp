#include "elbow/probability/families/gamma.h"

#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/polygamma.h>
#include <ATen/ops/stack.h>

#include "elbow/probability/distributions/gamma.h"
#include "gamma_concentration.h"
#include "newton.h"

namespace elbow {

std::int64_t GammaFamily::natural_size() const { return 2; }
std::int64_t GammaFamily::event_size() const { return 1; }

Tensor GammaFamily::statistics(const Tensor& x) const {
  const Tensor value = x.select(-1, 0);
  return at::stack({value.log(), value}, -1);
}

Tensor GammaFamily::log_partition(const Tensor& eta) const {
  const Tensor a = eta.select(-1, 0) + 1.0, b = -eta.select(-1, 1);
  return at::lgamma(a) - a * b.log();
}

Tensor GammaFamily::mean(const Tensor& eta) const {
  const Tensor a = eta.select(-1, 0) + 1.0, b = -eta.select(-1, 1);
  return at::stack({at::digamma(a) - b.log(), a / b}, -1);
}

Tensor gamma_concentration(const Tensor& log_ratio) {
  // ln a - digamma(a) = log_ratio > 0, which is near 1 / (2 a) for large a. Minka, "Estimating a
  // gamma distribution", 2002, equation 10 begins.
  const Tensor start = (3.0 - log_ratio + ((log_ratio - 3.0).square() + 24.0 * log_ratio).sqrt()) /
                       (12.0 * log_ratio);
  return newton_positive(start, 12, [&](const Tensor& a) {
    return (a.log() - at::digamma(a) - log_ratio) / (a.reciprocal() - at::polygamma(1, a));
  });
}

Tensor GammaFamily::natural_from_mean(const Tensor& mean) const {
  const Tensor value = mean.select(-1, 1);
  const Tensor a = gamma_concentration(value.log() - mean.select(-1, 0));
  return natural({a, a / value});
}

OrdinaryParameters GammaFamily::ordinary(const Tensor& eta) const {
  return {{"concentration", eta.select(-1, 0) + 1.0}, {"rate", -eta.select(-1, 1)}};
}

Tensor GammaFamily::natural(const std::vector<Tensor>& ordinary) const {
  return at::stack({ordinary.at(0) - 1.0, -ordinary.at(1)}, -1);
}

Tensor GammaFamily::mode(const Tensor& eta) const {
  return (eta.select(-1, 0) / -eta.select(-1, 1)).unsqueeze(-1);
}

Tensor GammaFamily::sample(const Tensor& eta, RandomSource& source) const {
  const Tensor a = eta.select(-1, 0) + 1.0, b = -eta.select(-1, 1);
  return Gamma(a.log(), b.log()).rsample({}, source).unsqueeze(-1);
}

std::string GammaFamily::problem(const Tensor& eta) const {
  if (!eta.isfinite().all().item<bool>()) return "a parameter is not finite";
  if (!eta.select(-1, 0).gt(-1.0).all().item<bool>()) return "a concentration is not positive";
  return eta.select(-1, 1).lt(0).all().item<bool>() ? "" : "a rate is not positive";
}

}  // namespace elbow
