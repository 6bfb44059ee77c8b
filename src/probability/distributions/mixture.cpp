#include "elbow/probability/distributions/mixture.h"

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/take_along_dim.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/cumulative_sum.h"
#include "elbow/probability/distributions/normal.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

/// log N(z; m, s) for each z and component by three matrix products instead of a tensor
/// [..., M, L]. Float64 throughout: the square is expanded, and a narrow component would cancel in
/// float32. @param z [..., L], loc and log_scale [M, L] @return [..., M], float64
Tensor all_pairs(const Tensor& z, const Tensor& loc, const Tensor& log_scale) {
  const Tensor value = z.to(at::kDouble), centre = loc.to(at::kDouble),
               spread = log_scale.to(at::kDouble);
  const Tensor precision = (spread * -2).exp(), weighted = centre * precision;
  const Tensor squares = value.square().matmul(precision.t()) - 2 * value.matmul(weighted.t()) +
                         (centre * weighted).sum(-1);
  const double constant = kHalfLog2Pi * static_cast<double>(loc.size(-1));
  return squares * -0.5 - spread.sum(-1) - constant;
}

}  // namespace

Mixture::Mixture(Tensor logits, DistributionPtr components)
    : logits_(std::move(logits)), components_(std::move(components)) {
  TORCH_CHECK(logits_.dim() >= 1 && components_->batch_shape() == logits_.sizes().vec(),
              "Mixture: the components' batch shape must be that of the logits");
}

Tensor Mixture::log_weights() const { return at::log_softmax(logits_, /*dim=*/-1); }

Shape Mixture::batch_shape() const { return without_last(logits_.sizes(), 1); }

Tensor Mixture::weights_over_events() const {
  Tensor weights = at::softmax(logits_, -1);
  for (std::int64_t i = 0; i < event_dims(); ++i) weights = weights.unsqueeze(-1);
  return weights;
}

Distribution::Traits Mixture::traits() const {
  Traits out = components_->traits();
  out.has_rsample = out.knows_density_of_draws = false;
  return out;
}

Tensor Mixture::log_prob(const Tensor& value) const {
  const auto* normal = dynamic_cast<const DiagNormal*>(components_.get());
  if (normal != nullptr && logits_.dim() == 1 && normal->loc().dim() == 2) {
    const Tensor each = all_pairs(value, normal->loc(), normal->log_scale());
    const Tensor weights = at::log_softmax(logits_.to(at::kDouble), -1);
    return at::logsumexp(each + weights, -1).to(value.scalar_type());
  }
  const Tensor each = components_->log_prob(value.unsqueeze(-1 - event_dims()));
  return at::logsumexp(each + log_weights(), -1);
}

Tensor Mixture::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(false, "Mixture: the choice of a component has no derivative; draw by strata");
}

Tensor Mixture::sample(const Shape& sample_shape, RandomSource& source) const {
  const Tensor edges = cumulative_sum(at::softmax(logits_.detach(), -1));
  const Tensor place =
      source.uniform(concatenate(sample_shape, batch_shape()), logits_.options()).unsqueeze(-1);
  // Rounding may leave the last edge below 1.
  Tensor index = (place > edges).sum(-1).clamp_max(logits_.size(-1) - 1).unsqueeze(-1);
  const Tensor draws = components_->sample(sample_shape, source);
  const std::int64_t dim = -1 - event_dims();
  for (std::int64_t i = 0; i < event_dims(); ++i) index = index.unsqueeze(-1);
  // Broadcasts by itself: a traced expand would freeze the batch size.
  return at::take_along_dim(draws, index, dim).squeeze(dim);
}

std::optional<StratifiedDraw> Mixture::stratified_rsample(const Shape& sample_shape,
                                                          RandomSource& source) const {
  const Tensor values =
      components_->rsample(sample_shape, source).movedim(-1 - event_dims(), /*destination=*/0);
  return StratifiedDraw{values, log_prob(values), log_weights().movedim(-1, /*destination=*/0)};
}

Tensor Mixture::mean() const {
  return (weights_over_events() * components_->mean()).sum(-1 - event_dims());
}

Tensor Mixture::variance() const {
  const std::int64_t dim = -1 - event_dims();
  const Tensor weights = weights_over_events(), means = components_->mean();
  const Tensor centre = (weights * means).sum(dim, /*keepdim=*/true);
  return (weights * (components_->variance() + (means - centre).square())).sum(dim);
}

Tensor Mixture::entropy() const { TORCH_CHECK(false, "Mixture: the entropy has no closed form"); }

DistributionPtr Mixture::detach() const {
  return std::make_shared<Mixture>(logits_.detach(), components_->detach());
}

std::vector<std::pair<std::string, Tensor>> Mixture::parameters() const {
  std::vector<std::pair<std::string, Tensor>> out{{"logits", logits_}};
  for (auto& parameter : components_->parameters()) out.push_back(std::move(parameter));
  return out;
}

}  // namespace elbow
