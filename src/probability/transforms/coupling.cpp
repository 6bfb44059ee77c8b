#include "elbow/probability/transforms/coupling.h"

#include <ATen/ops/cat.h>

#include "conditional_pass.h"
#include "linear_algebra.h"

namespace elbow {
namespace {

at::IntArrayRef numbers_of(const Tensor& indices) {
  return {indices.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(indices.numel())};
}

}  // namespace

Coupling::Coupling(Tensor kept, Tensor changed, Conditioner conditioner, ElementBijector bijector)
    : kept_(std::move(kept)),
      changed_(std::move(changed)),
      conditioner_(std::move(conditioner)),
      bijector_(std::move(bijector)) {}

std::pair<Tensor, Tensor> Coupling::apply(bool is_inverse, const Tensor& x) const {
  const auto by_operators = [kept = kept_, changed = changed_, bijector = bijector_, is_inverse](
                                const Conditioner& conditioner, const Tensor& value) {
    const Tensor stays = value.index_select(-1, kept);
    const Tensor parameters =
        conditioner(stays).unflatten(-1, {changed.size(0), bijector.num_parameters});
    const auto& function = is_inverse ? bijector.inverse : bijector.forward;
    const auto [moved, log_slope] = function(value.index_select(-1, changed), parameters);
    const Tensor order = at::cat({kept, changed}).argsort();
    return std::make_pair(at::cat({stays, moved}, /*dim=*/-1).index_select(-1, order),
                          log_slope.sum(-1));
  };
  if (kept_.is_cpu())
    if (auto result = fused({numbers_of(kept_),
                             numbers_of(changed_),
                             conditioner_,
                             bijector_,
                             is_inverse,
                             by_operators},
                            x))
      return *std::move(result);
  return by_operators(conditioner_, x);
}

std::pair<Tensor, Tensor> Coupling::forward_and_log_det(const Tensor& x) const {
  return apply(/*is_inverse=*/false, x);
}

std::pair<Tensor, Tensor> Coupling::inverse_and_log_det(const Tensor& y) const {
  return apply(/*is_inverse=*/true, y);
}

TransformPtr Coupling::map_parameters(const ParameterMap& map) const {
  return std::make_shared<Coupling>(kept_, changed_, conditioner_.map_tensors(map), bijector_);
}

}  // namespace elbow
