#include "elbow/probability/transforms/coupling.h"

#include <ATen/ops/cat.h>

#include "linear_algebra.h"

namespace elbow {

Coupling::Coupling(Tensor kept, Tensor changed, Conditioner conditioner, ElementBijector bijector)
    : kept_(std::move(kept)),
      changed_(std::move(changed)),
      restore_(at::cat({kept_, changed_}).argsort()),
      conditioner_(std::move(conditioner)),
      bijector_(std::move(bijector)) {}

std::pair<Tensor, Tensor> Coupling::apply(const ElementBijector::Function& function,
                                          const Tensor& x) const {
  const Tensor kept = x.index_select(-1, kept_);
  const Tensor parameters =
      conditioner_(kept).unflatten(-1, {changed_.size(0), bijector_.num_parameters});
  const auto [changed, log_slope] = function(x.index_select(-1, changed_), parameters);
  return {at::cat({kept, changed}, /*dim=*/-1).index_select(-1, restore_), log_slope.sum(-1)};
}

std::pair<Tensor, Tensor> Coupling::forward_and_log_det(const Tensor& x) const {
  return apply(bijector_.forward, x);
}

std::pair<Tensor, Tensor> Coupling::inverse_and_log_det(const Tensor& y) const {
  return apply(bijector_.inverse, y);
}

TransformPtr Coupling::map_parameters(const ParameterMap& map) const {
  return std::make_shared<Coupling>(kept_, changed_, conditioner_.map_tensors(map), bijector_);
}

}  // namespace elbow
