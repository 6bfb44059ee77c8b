#include "elbow/probability/distributions/negative_binomial.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include "elbow/foundations/core/constants.h"
#include "gamma_draw.h"
#include "poisson_draw.h"
#include "stirling.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

/// Both float64: log Gamma(x + r) and log Gamma(r) have thousands of times the size of their
/// difference, which is why Stirling's parts of all factorials are taken together here.
/// @param log_m, r the logarithm of the mean, and the concentration @param x counts
Tensor negative_binomial_log_mass(const Tensor& log_m, const Tensor& r, const Tensor& x) {
  const Tensor m = log_m.exp(), is_zero = x.eq(0), count = x.masked_fill(is_zero, 1.0);
  const Tensor difference = count - m, log_count = count.log(), total = count + r, other = m + r;
  const Tensor ratio = log_ratio(total.log(), other.log(), other, difference);
  // The same number twice: what cancels has the size of x in one, of r in the other.
  const Tensor by_count = total * ratio - count * log_ratio(log_count, log_m, m, difference);
  const Tensor by_concentration =
      count * ((r / count).log1p() - log_ratio(other.log(), log_m, m, r)) + r * ratio;
  const Tensor terms = at::where(r < count, by_concentration, by_count);
  const Tensor positive = terms - (count / r).log1p() * 0.5 - log_count * 0.5 - kHalfLog2Pi -
                          stirling_error(count) + stirling_error(total) - stirling_error(r);
  return at::where(is_zero, -r * (m / r).log1p(), positive);
}

}  // namespace

NegativeBinomial::NegativeBinomial(Tensor log_mean, Tensor log_dispersion)
    : log_mean_(std::move(log_mean)), log_dispersion_(std::move(log_dispersion)) {
  check_broadcast("NegativeBinomial", "log_mean", log_mean_, "log_dispersion", log_dispersion_);
}

Shape NegativeBinomial::batch_shape() const {
  return broadcast_shape(log_mean_.sizes(), log_dispersion_.sizes());
}

Tensor NegativeBinomial::log_prob(const Tensor& value) const {
  const Tensor outside = is_no_count(value);
  const Tensor count = value.masked_fill(outside, 0.0).to(at::kDouble);
  const Tensor concentration = (-log_dispersion_.to(at::kDouble)).exp();
  const Tensor mass = negative_binomial_log_mass(log_mean_.to(at::kDouble), concentration, count);
  return mass.masked_fill(outside, -INFINITY).to(log_mean_.scalar_type());
}

Tensor NegativeBinomial::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(
      false,
      "NegativeBinomial: draws are discrete, so they have no reparameterised form; use sample");
}

Tensor NegativeBinomial::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  const auto shape = concatenate(sample_shape, batch_shape());
  const Tensor standard = log_gamma_draw(-log_dispersion_, shape, source);
  return poisson_draw(standard + log_dispersion_ + log_mean_, shape, source);
}

Tensor NegativeBinomial::mean() const { return expand_to(log_mean_.exp(), batch_shape()); }

Tensor NegativeBinomial::variance() const {
  const Tensor mean = log_mean_.exp();
  return mean + mean * (log_mean_ + log_dispersion_).exp();
}

Tensor NegativeBinomial::entropy() const {
  TORCH_CHECK(false, "NegativeBinomial: the entropy has no closed form");
}

DistributionPtr NegativeBinomial::detach() const {
  return std::make_shared<NegativeBinomial>(log_mean_.detach(), log_dispersion_.detach());
}

std::vector<std::pair<std::string, Tensor>> NegativeBinomial::parameters() const {
  return {{"log_mean", log_mean_}, {"log_dispersion", log_dispersion_}};
}

}  // namespace elbow
