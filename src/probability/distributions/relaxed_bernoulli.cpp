#include "elbow/probability/distributions/relaxed_bernoulli.h"

#include <ATen/TensorOperators.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/gumbel_noise.h"
#include "positive_part.h"
#include "tensor_ops.h"

namespace elbow {

RelaxedBernoulli::RelaxedBernoulli(Tensor logits, Tensor temperature)
    : logits_(std::move(logits)), temperature_(std::move(temperature)) {
  TORCH_CHECK(temperature_.dim() == 0, "RelaxedBernoulli: one temperature for all, 0-dim");
}

Shape RelaxedBernoulli::batch_shape() const { return logits_.sizes().vec(); }

Distribution::Traits RelaxedBernoulli::traits() const {
  Traits out;
  out.has_moments = false;
  return out;
}

Tensor RelaxedBernoulli::log_prob_of_logits(const Tensor& value_logits) const {
  check_broadcast("RelaxedBernoulli", "value", value_logits, "logits", logits_);
  // A logistic density of location l / t and scale 1 / t, even in this.
  const Tensor distance = (value_logits * temperature_ - logits_).abs();
  return temperature_.log() - distance - 2 * (-distance).exp().log1p();
}

Tensor RelaxedBernoulli::log_prob(const Tensor& value) const {
  const Tensor log_value = value.log(), log_rest = (-value).log1p();
  return log_prob_of_logits(log_value - log_rest) - log_value - log_rest;
}

Tensor RelaxedBernoulli::rsample_logits(const Shape& sample_shape, RandomSource& source) const {
  const Tensor noise =
      logistic_noise(concatenate(sample_shape, logits_.sizes()), logits_.options(), source);
  return (logits_ + noise) / temperature_;
}

Tensor RelaxedBernoulli::rsample(const Shape& sample_shape, RandomSource& source) const {
  return rsample_logits(sample_shape, source).sigmoid();
}

Tensor RelaxedBernoulli::location() const { return (logits_ / temperature_).sigmoid(); }

Tensor RelaxedBernoulli::mean() const {
  TORCH_CHECK(false, "RelaxedBernoulli: its moments have no closed form");
}

Tensor RelaxedBernoulli::variance() const { return mean(); }

Tensor RelaxedBernoulli::entropy() const {
  TORCH_CHECK(false, "RelaxedBernoulli: its entropy has no closed form");
}

DistributionPtr RelaxedBernoulli::detach() const {
  return std::make_shared<RelaxedBernoulli>(logits_.detach(), temperature_.detach());
}

std::vector<std::pair<std::string, Tensor>> RelaxedBernoulli::parameters() const {
  return {{"logits", logits_}, {"temperature", temperature_}};
}

}  // namespace elbow
