#include "elbow/inference/guides/standardised_guide.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "elbow/inference/guides/conditioned_distribution.h"
#include "elbow/neural/flows/transformed_distribution.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/transforms/affine.h"

namespace elbow {

StandardisedGuide::StandardisedGuide(GuidePtr inner, SiteSpec site, bool has_full_rank)
    : inner_(register_module("inner", std::move(inner))), site_(std::move(site)) {
  const std::int64_t size = site_.event_shape.front();
  shift_ = register_buffer("shift", at::zeros({size}, at::kDouble));
  scale_ = register_buffer(
      "scale", has_full_rank ? at::eye(size, at::kDouble) : at::ones({size}, at::kDouble));
}

void StandardisedGuide::set(const Tensor& shift, const Tensor& scale) {
  const at::NoGradGuard no_grad;
  shift_.copy_(shift);
  scale_.copy_(scale);
}

Tensor StandardisedGuide::unstandardised(const Tensor& e) const {
  return (has_full_rank() ? at::matmul(e, scale_.t()) : e * scale_) + shift_;
}

Tensor StandardisedGuide::log_det() const {
  return (has_full_rank() ? scale_.diagonal() : scale_).log().sum();
}

DistributionPtr StandardisedGuide::unstandardised(const DistributionPtr& q) const {
  if (const auto* full = dynamic_cast<const FullRankNormal*>(&*q); full != nullptr)
    return std::make_shared<FullRankNormal>(unstandardised(full->loc()),
                                            has_full_rank()
                                                ? at::matmul(scale_, full->scale_tril())
                                                : scale_.unsqueeze(-1) * full->scale_tril());
  if (const auto* diagonal = dynamic_cast<const DiagNormal*>(&*q); diagonal != nullptr)
    return std::make_shared<DiagNormal>(unstandardised(diagonal->loc()),
                                        diagonal->log_scale() + scale_.log());
  return std::make_shared<TransformedDistribution>(q,
                                                   std::make_shared<Affine>(shift_, scale_.log()));
}

DistributionPtr StandardisedGuide::standard(const Batch& batch) const {
  return inner_->condition(batch)->distribution(site_.name, {});
}

ConditionedGuidePtr StandardisedGuide::condition(const Batch& batch) {
  return std::make_shared<ConditionedDistribution>(
      site_, unstandardised(standard(batch)), batch.size());
}

}  // namespace elbow
