#include "elbow/inference/guides/relaxed_latent.h"

#include <ATen/core/Tensor.h>

#include "concrete_form.h"

namespace elbow {
namespace {

/// A site that is scored by the relaxation of a discrete distribution at a value's logits.
Site scored_relaxed(const Site& like,
                    const Tensor& value_logits,
                    const Distribution& discrete,
                    const Tensor& temperature) {
  const ConcreteForm form(discrete, temperature);
  Site out = like.with(form.distribution(), like.value());
  out.set_value_logits(value_logits);
  out.set_log_prob(form.log_prob(value_logits));
  return out;
}

}  // namespace

RelaxedLatent::RelaxedLatent(RelaxationPtr relaxation, at::Device device)
    : relaxation_(std::move(relaxation)) {
  if (relaxation_) temperatures_ = relaxation_->temperatures(device);
}

Site RelaxedLatent::draw(const std::string& name,
                         const DistributionPtr& q,
                         const Shape& sample_shape,
                         RandomSource& source) const {
  Relaxation::Draw drawn = relaxation_->draw(q, sample_shape, source, temperatures_);
  Site out(name, drawn.q, std::move(drawn.value), /*is_observed=*/false);
  if (drawn.value_logits.defined()) {
    out.set_value_logits(std::move(drawn.value_logits));
    out.set_log_prob(std::move(drawn.log_prob));
  }
  return out;
}

Site RelaxedLatent::score(const Site& drawn, const DistributionPtr& q) const {
  if (!drawn.value_logits().defined()) return drawn.with(q, drawn.value());
  return scored_relaxed(drawn, drawn.value_logits(), *q, temperatures_.of_guide);
}

Site RelaxedLatent::relaxed(const Site& model, const Site& drawn) const {
  if (!drawn.value_logits().defined()) return model;
  return scored_relaxed(model, drawn.value_logits(), model.dist(), temperatures_.of_model);
}

RelaxedLatent RelaxedLatent::detach() const {
  RelaxedLatent out;
  out.relaxation_ = relaxation_;
  if (relaxation_) out.temperatures_ = temperatures_.detach();
  return out;
}

}  // namespace elbow
