#include "elbow/probability/distributions/negative_binomial.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include "elbow/foundations/core/constants.h"
#include "gamma_draw.h"
#include "poisson_draw.h"
#include "stirling.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

// e^300: twice that is a number, too.
constexpr double kLargestLog = 300;

/// Both float64: log Gamma(x + r) and log Gamma(r) have thousands of times the size of their
/// difference, which is why Stirling's parts of all factorials are taken together here. In the
/// logarithms, so that a mean beyond all numbers still has its slope, -r.
/// @param log_m, log_r of the mean and of the concentration @param x counts
Tensor negative_binomial_log_mass(const Tensor& log_m, const Tensor& log_r, const Tensor& x) {
  // The numbers themselves matter only where they are near counts.
  const Tensor m = log_m.clamp_max(kLargestLog).exp(), r = log_r.clamp_max(kLargestLog).exp();
  const Tensor is_zero = x.eq(0), count = x.masked_fill(is_zero, 1.0), log_count = count.log();
  const Tensor difference = count - m, total = count + r, other = m + r;
  const Tensor log_other = at::logaddexp(log_m, log_r);
  const Tensor ratio = log_ratio(total.log(), log_other, other, difference);
  // The same number twice: what cancels has the size of x in one, of r in the other.
  const Tensor by_count = total * ratio - count * log_ratio(log_count, log_m, m, difference);
  const Tensor by_concentration =
      count * ((r / count).log1p() - log_ratio(log_other, log_m, m, r)) + r * ratio;
  const Tensor terms = at::where(r < count, by_concentration, by_count);
  const Tensor positive = terms - (count / r).log1p() * 0.5 - log_count * 0.5 - kHalfLog2Pi -
                          stirling_error(count) + stirling_error(total) - stirling_error(r);
  return at::where(is_zero, -r * log_ratio(log_other, log_r, r, m), positive);
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
  const Tensor mass = negative_binomial_log_mass(
      log_mean_.to(at::kDouble), -log_dispersion_.to(at::kDouble), count);
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
