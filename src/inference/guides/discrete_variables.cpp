#include "discrete_variables.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>

#include <stdexcept>

#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/gumbel_noise.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/one_hot_categorical.h"

namespace elbow {
namespace {

Shape joined_shape(at::IntArrayRef a, at::IntArrayRef b) {
  Shape out = a.vec();
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

/// A logit and logistic noise, given whether their sum is positive.
Tensor binary_given(const Tensor& logits, const Tensor& value, const Tensor& noise) {
  return at::where(value > 0.5,
                   at::softplus(noise + at::softplus(logits)),
                   -at::softplus(noise + at::softplus(-logits)));
}

/// Normalised logits and Gumbel noise, given which sum is the largest: that one is a Gumbel
/// variable, and the others are below it. @param exponential standard noise
Tensor classes_given(const Tensor& logits, const Tensor& value, const Tensor& exponential) {
  const Tensor log_noise = exponential.log();
  const Tensor least = (exponential * value).sum(-1, /*keepdim=*/true).log();
  return -at::where(value > 0.5, least, at::logaddexp(log_noise - logits, least));
}

}  // namespace

DiscreteVariables::DiscreteVariables(const Distribution& q) {
  const auto* product = dynamic_cast<const Independent*>(&q);
  const auto* bernoulli =
      product == nullptr ? nullptr : dynamic_cast<const Bernoulli*>(&product->base());
  const auto* classes = dynamic_cast<const OneHotCategorical*>(&q);
  if (bernoulli == nullptr && classes == nullptr)
    throw std::logic_error("relaxations are of binary and one-hot vectors, not of '" + q.name() +
                           "'");
  is_binary_ = bernoulli != nullptr;
  logits_ = is_binary_ ? bernoulli->logits() : classes->log_probabilities();
}

Tensor DiscreteVariables::perturbed(const Shape& sample_shape, RandomSource& source) const {
  const Shape shape = joined_shape(sample_shape, logits_.sizes());
  return logits_ + (is_binary_ ? logistic_noise(shape, logits_.options(), source)
                               : gumbel_noise(shape, logits_.options(), source));
}

Tensor DiscreteVariables::perturbed_given(const Tensor& value,
                                          std::int64_t count,
                                          RandomSource& source) const {
  const std::int64_t own = is_binary_ ? 1 : 2;
  const Tensor logits = logits_.unsqueeze(-own - 1);
  const at::IntArrayRef variables = logits_.sizes().slice(logits_.dim() - own);
  const Shape shape =
      joined_shape(value.sizes().slice(0, value.dim() - 1), joined_shape({count}, variables));
  Tensor noise;
  {
    // It depends on the logits, but the mean that it estimates is of gradients at fixed noise.
    const at::NoGradGuard no_grad;
    if (is_binary_) {
      const Tensor logistic = logistic_noise(shape, logits_.options(), source);
      noise = binary_given(logits, value.unsqueeze(-2), logistic) - logits;
    } else {
      const Tensor exponential = -source.uniform(shape, logits_.options()).log();
      const Tensor chosen = value.unflatten(-1, variables).unsqueeze(-3);
      noise = classes_given(logits, chosen, exponential) - logits;
    }
  }
  return logits + noise;
}

Tensor DiscreteVariables::hard(const Tensor& perturbed) const {
  const auto type = perturbed.scalar_type();
  if (is_binary_) return (perturbed > 0).to(type);
  return at::one_hot(perturbed.argmax(-1), perturbed.size(-1)).to(type).flatten(-2);
}

Tensor DiscreteVariables::soft(const Tensor& perturbed, const Tensor& temperature) const {
  const Tensor scaled = perturbed / temperature;
  return is_binary_ ? scaled.sigmoid() : at::softmax(scaled, /*dim=*/-1).flatten(-2);
}

}  // namespace elbow
