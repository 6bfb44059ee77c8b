#include "elbow/probability/distributions/one_hot_categorical.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/one_hot.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/categorical.h"
#include "tensor_ops.h"

namespace elbow {

OneHotCategorical::OneHotCategorical(Tensor logits) : logits_(std::move(logits)) {
  TORCH_CHECK(logits_.dim() >= 2,
              "OneHotCategorical: logits need two last dimensions, variables and classes");
}

Shape OneHotCategorical::batch_shape() const { return without_last(logits_.sizes(), 2); }

Tensor OneHotCategorical::log_probabilities() const { return at::log_softmax(logits_, /*dim=*/-1); }

Tensor OneHotCategorical::log_prob(const Tensor& value) const {
  const Tensor table = log_probabilities().flatten(-2);
  check_broadcast("OneHotCategorical", "value", value, "logits, variables times classes", table);
  return (value * table).sum(-1);
}

Tensor OneHotCategorical::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(
      false,
      "OneHotCategorical: draws are discrete, so they have no reparameterised form; use sample");
}

Tensor OneHotCategorical::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  const Tensor index = Categorical(logits_).sample(sample_shape, source);
  return at::one_hot(index, num_classes()).flatten(-2).to(logits_.scalar_type());
}

Tensor OneHotCategorical::mean() const { return log_probabilities().exp().flatten(-2); }

Tensor OneHotCategorical::variance() const { return mean() * (1 - mean()); }

Tensor OneHotCategorical::entropy() const { return Categorical(logits_).entropy().sum(-1); }

DistributionPtr OneHotCategorical::detach() const {
  return std::make_shared<OneHotCategorical>(logits_.detach());
}

std::vector<std::pair<std::string, Tensor>> OneHotCategorical::parameters() const {
  return {{"logits", logits_}};
}

}  // namespace elbow
