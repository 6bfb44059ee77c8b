#include "elbow/probability/distributions/gamma.h"

#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>

#include <cmath>

#include "gamma_draw.h"
#include "tensor_ops.h"

namespace elbow {

Gamma::Gamma(Tensor log_concentration, Tensor log_rate)
    : log_concentration_(std::move(log_concentration)), log_rate_(std::move(log_rate)) {
  check_broadcast("Gamma", "log_concentration", log_concentration_, "log_rate", log_rate_);
}

Shape Gamma::batch_shape() const {
  return broadcast_shape(log_concentration_.sizes(), log_rate_.sizes());
}

Tensor Gamma::log_prob(const Tensor& value) const {
  const Tensor outside = value.le(0);
  const Tensor log_value = value.masked_fill(outside, 1.0).log();
  const Tensor concentration = log_concentration_.exp();
  // a (log rate + log x) together: they cancel near the mean.
  const Tensor log_scaled = log_rate_ + log_value;
  const Tensor density =
      concentration * log_scaled - log_scaled.exp() - log_value - at::lgamma(concentration);
  return density.masked_fill(outside, -INFINITY);
}

Tensor Gamma::rsample(const Shape& sample_shape, RandomSource& source) const {
  const auto shape = concatenate(sample_shape, batch_shape());
  const Tensor log_draw = log_gamma_draw(log_concentration_, shape, source) - log_rate_;
  return log_draw.exp().clamp_min(smallest_normal(log_draw));
}

Tensor Gamma::mean() const { return (log_concentration_ - log_rate_).exp(); }

Tensor Gamma::variance() const { return (log_concentration_ - log_rate_ * 2).exp(); }

Tensor Gamma::entropy() const {
  const Tensor concentration = log_concentration_.exp();
  return concentration - log_rate_ + at::lgamma(concentration) +
         (1 - concentration) * at::digamma(concentration);
}

DistributionPtr Gamma::detach() const {
  return std::make_shared<Gamma>(log_concentration_.detach(), log_rate_.detach());
}

std::vector<std::pair<std::string, Tensor>> Gamma::parameters() const {
  return {{"log_concentration", log_concentration_}, {"log_rate", log_rate_}};
}

}  // namespace elbow
