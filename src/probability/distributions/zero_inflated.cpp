#include "elbow/probability/distributions/zero_inflated.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include "tensor_ops.h"

namespace elbow {

ZeroInflated::ZeroInflated(Tensor zero_logit, DistributionPtr counts)
    : zero_logit_(std::move(zero_logit)), counts_(std::move(counts)) {
  TORCH_CHECK(counts_->event_shape().empty() && counts_->traits().is_discrete,
              "ZeroInflated: expected a distribution of single counts, got ",
              counts_->name());
}

Shape ZeroInflated::batch_shape() const {
  return broadcast_shape(zero_logit_.sizes(), counts_->batch_shape());
}

Tensor ZeroInflated::log_prob(const Tensor& value) const {
  const Tensor counted = at::log_sigmoid(-zero_logit_) + counts_->log_prob(value);
  return at::where(value.eq(0), at::logaddexp(at::log_sigmoid(zero_logit_), counted), counted);
}

Tensor ZeroInflated::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(false,
              "ZeroInflated: draws are discrete, so they have no reparameterised form; use sample");
}

Tensor ZeroInflated::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  const Tensor counts = counts_->sample(sample_shape, source);
  const Tensor uniform =
      source.uniform(concatenate(sample_shape, batch_shape()), zero_logit_.options());
  return counts * uniform.ge(zero_logit_.sigmoid());
}

Tensor ZeroInflated::mean() const { return (-zero_logit_).sigmoid() * counts_->mean(); }

Tensor ZeroInflated::variance() const {
  const Tensor spread = counts_->variance() + zero_logit_.sigmoid() * counts_->mean().square();
  return (-zero_logit_).sigmoid() * spread;
}

Tensor ZeroInflated::entropy() const {
  TORCH_CHECK(false, "ZeroInflated: the entropy has no closed form");
}

DistributionPtr ZeroInflated::detach() const {
  return std::make_shared<ZeroInflated>(zero_logit_.detach(), counts_->detach());
}

std::vector<std::pair<std::string, Tensor>> ZeroInflated::parameters() const {
  std::vector<std::pair<std::string, Tensor>> out{{"zero_logit", zero_logit_}};
  for (auto& parameter : counts_->parameters()) out.push_back(std::move(parameter));
  return out;
}

}  // namespace elbow
