#include "elbow/probability/distributions/categorical.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/take_along_dim.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/cumulative_sum.h"
#include "tensor_ops.h"

namespace elbow {

Categorical::Categorical(Tensor logits, Codes codes) : logits_(std::move(logits)), codes_(codes) {
  TORCH_CHECK(logits_.dim() >= 1 && logits_.size(-1) >= 1,
              "Categorical: logits need a last dimension of at least one class");
}

Shape Categorical::batch_shape() const { return without_last(logits_.sizes(), 1); }

Tensor Categorical::log_probabilities() const { return at::log_softmax(logits_, /*dim=*/-1); }

Tensor Categorical::log_prob(const Tensor& value) const {
  const Tensor table = log_probabilities();
  const Tensor row = table.select(-1, 0);
  check_broadcast("Categorical", "value", value, "logits without the classes", row);
  Tensor index = value.to(at::kLong).unsqueeze(-1), all = table;
  while (index.dim() < all.dim()) index = index.unsqueeze(0);
  while (all.dim() < index.dim()) all = all.unsqueeze(0);
  // Broadcasts by itself: a traced expand would freeze the batch size.
  return at::take_along_dim(all, index, -1).squeeze(-1);
}

Tensor Categorical::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(false,
              "Categorical: draws are discrete, so they have no reparameterised form; use sample");
}

Tensor Categorical::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  const Tensor cumulative = cumulative_sum(log_probabilities().exp());
  const Tensor uniform =
      source.uniform(concatenate(sample_shape, batch_shape()), logits_.options());
  // The inverse of the distribution function; the last class also takes what rounding leaves above
  // it.
  const Tensor interior = cumulative.narrow(-1, 0, cumulative.size(-1) - 1);
  const Tensor index = interior.le(uniform.unsqueeze(-1)).sum(-1);
  return codes_ == Codes::real ? index.to(logits_.scalar_type()) : index;
}

Tensor Categorical::mean() const {
  const Tensor index = at::arange(logits_.size(-1), logits_.options());
  return (log_probabilities().exp() * index).sum(-1);
}

Tensor Categorical::variance() const {
  const Tensor index = at::arange(logits_.size(-1), logits_.options());
  const Tensor deviation = index - mean().unsqueeze(-1);
  return (log_probabilities().exp() * deviation.square()).sum(-1);
}

Tensor Categorical::entropy() const {
  const Tensor table = log_probabilities();
  // A class of probability zero has log -inf: 0 * inf must count 0.
  return -(table.exp() * table.clamp_min(-1e30)).sum(-1);
}

DistributionPtr Categorical::detach() const {
  return std::make_shared<Categorical>(logits_.detach(), codes_);
}

std::vector<std::pair<std::string, Tensor>> Categorical::parameters() const {
  return {{"logits", logits_}};
}

}  // namespace elbow
