#include "elbow/probability/distributions/relaxed_one_hot.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softmax.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "elbow/probability/distributions/gumbel_noise.h"
#include "tensor_ops.h"

namespace elbow {

RelaxedOneHot::RelaxedOneHot(Tensor logits, Tensor temperature)
    : logits_(std::move(logits)), temperature_(std::move(temperature)) {
  TORCH_CHECK(logits_.dim() >= 2,
              "RelaxedOneHot: logits need two last dimensions, variables and classes");
  TORCH_CHECK(temperature_.dim() == 0, "RelaxedOneHot: one temperature for all, 0-dim");
}

Shape RelaxedOneHot::batch_shape() const { return without_last(logits_.sizes(), 2); }

Distribution::Traits RelaxedOneHot::traits() const {
  Traits out;
  out.has_moments = false;
  return out;
}

Tensor RelaxedOneHot::log_prob_of_logits(const Tensor& value_logits) const {
  const Tensor table = logits_.flatten(-2);
  check_broadcast("RelaxedOneHot", "value", value_logits, "logits, variables times classes", table);
  const auto count = static_cast<double>(num_classes());
  // What is left of the logits when a draw's noise is taken off: of moderate size at any
  // temperature.
  const Tensor rest =
      logits_ - value_logits.unflatten(-1, {num_variables(), num_classes()}) * temperature_;
  const Tensor each = rest.sum(-1) - at::logsumexp(rest, /*dim=*/-1) * count +
                      temperature_.log() * (count - 1) + std::lgamma(count);
  return each.sum(-1);
}

Tensor RelaxedOneHot::log_prob(const Tensor& value) const {
  const Tensor logs = value.log();
  return log_prob_of_logits(logs) - logs.sum(-1);
}

Tensor RelaxedOneHot::rsample_logits(const Shape& sample_shape, RandomSource& source) const {
  const Tensor noise =
      gumbel_noise(concatenate(sample_shape, logits_.sizes()), logits_.options(), source);
  return at::log_softmax((logits_ + noise) / temperature_, /*dim=*/-1).flatten(-2);
}

Tensor RelaxedOneHot::rsample(const Shape& sample_shape, RandomSource& source) const {
  return rsample_logits(sample_shape, source).exp();
}

Tensor RelaxedOneHot::location() const {
  return at::softmax(logits_ / temperature_, /*dim=*/-1).flatten(-2);
}

Tensor RelaxedOneHot::mean() const {
  TORCH_CHECK(false, "RelaxedOneHot: its moments have no closed form");
}

Tensor RelaxedOneHot::variance() const { return mean(); }

Tensor RelaxedOneHot::entropy() const {
  TORCH_CHECK(false, "RelaxedOneHot: its entropy has no closed form");
}

DistributionPtr RelaxedOneHot::detach() const {
  return std::make_shared<RelaxedOneHot>(logits_.detach(), temperature_.detach());
}

std::vector<std::pair<std::string, Tensor>> RelaxedOneHot::parameters() const {
  return {{"logits", logits_}, {"temperature", temperature_}};
}

}  // namespace elbow
