#include "elbow/distributions/mixture_normal.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logsumexp.h>
#include <c10/util/Exception.h>

#include "elbow/distributions/normal.h"
#include "tensor_ops.h"

namespace elbow {

MixtureNormal::MixtureNormal(Tensor logits, Tensor loc, Tensor log_scale)
    : logits_(std::move(logits)), loc_(std::move(loc)), log_scale_(std::move(log_scale)) {
  TORCH_CHECK(loc_.dim() >= 2 && log_scale_.sizes() == loc_.sizes() &&
                  logits_.sizes() == loc_.sizes().slice(0, loc_.sizes().size() - 1),
              "MixtureNormal: expected logits [batch..., M] and loc, log_scale [batch..., M, L], "
              "got shapes ",
              logits_.sizes(),
              ", ",
              loc_.sizes(),
              " and ",
              log_scale_.sizes());
}

Shape MixtureNormal::batch_shape() const { return without_last(logits_.sizes(), 1); }

Shape MixtureNormal::event_shape() const { return last(loc_.sizes(), 1); }

Tensor MixtureNormal::log_weights() const { return at::log_softmax(logits_, /*dim=*/-1); }

Tensor MixtureNormal::log_prob(const Tensor& value) const {
  check_broadcast("MixtureNormal", "value", value, "loc of a component", loc_.select(-2, 0));
  const Tensor standardised = (value.unsqueeze(-2) - loc_) * (-log_scale_).exp();
  const double constant = kHalfLog2Pi * static_cast<double>(loc_.size(-1));
  const Tensor densities = (standardised.square().mul(-0.5) - log_scale_).sum(-1) - constant;
  return at::logsumexp(log_weights() + densities, /*dim=*/-1);
}

Tensor MixtureNormal::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(false,
              "MixtureNormal: the choice of a component has no reparameterised form; use sample or "
              "stratified_rsample");
}

Tensor MixtureNormal::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  const auto front = concatenate(sample_shape, batch_shape());
  const Tensor uniform = source.uniform(front, loc_.options());
  const Tensor noise = source.normal(concatenate(front, event_shape()), loc_.options());
  // The inverse of the distribution function; the last component also takes what rounding leaves.
  const Tensor interior = log_weights().exp().cumsum(-1).narrow(-1, 0, loc_.size(-2) - 1);
  const Tensor component = interior.le(uniform.unsqueeze(-1)).sum(-1);
  const auto one = concatenate(front, {1, loc_.size(-1)});
  const Tensor index = component.unsqueeze(-1).unsqueeze(-1).expand(one);
  const auto all = concatenate(front, last(loc_.sizes(), 2));
  const Tensor loc = loc_.expand(all).gather(-2, index).squeeze(-2);
  const Tensor log_scale = log_scale_.expand(all).gather(-2, index).squeeze(-2);
  return at::addcmul(loc, log_scale.exp(), noise);
}

std::pair<Tensor, Tensor> MixtureNormal::stratified_rsample(const Shape& sample_shape,
                                                            RandomSource& source) const {
  // Keyed sources name a draw by its leading dimensions, so the components come last here.
  const Tensor noise = source.normal(concatenate(sample_shape, loc_.sizes()), loc_.options());
  const Tensor values = at::addcmul(loc_, log_scale_.exp(), noise);
  return {values.movedim(-2, 0), log_weights().movedim(-1, 0)};
}

Tensor MixtureNormal::mean() const { return (log_weights().exp().unsqueeze(-1) * loc_).sum(-2); }

Tensor MixtureNormal::variance() const {
  const Tensor weights = log_weights().exp().unsqueeze(-1);
  const Tensor deviation = loc_ - mean().unsqueeze(-2);
  return (weights * ((log_scale_ * 2).exp() + deviation.square())).sum(-2);
}

Tensor MixtureNormal::entropy() const {
  TORCH_CHECK(
      false,
      "MixtureNormal: the entropy of a mixture has no closed form; estimate it by -log_prob "
      "of draws");
}

DistributionPtr MixtureNormal::detach() const {
  return std::make_shared<MixtureNormal>(logits_.detach(), loc_.detach(), log_scale_.detach());
}

std::vector<std::pair<std::string, Tensor>> MixtureNormal::parameters() const {
  return {{"logits", logits_}, {"loc", loc_}, {"log_scale", log_scale_}};
}

}  // namespace elbow
