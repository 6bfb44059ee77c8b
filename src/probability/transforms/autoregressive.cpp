#include "elbow/probability/transforms/autoregressive.h"

#include <ATen/ops/cat.h>

#include "linear_algebra.h"

namespace elbow {

Autoregressive::Autoregressive(AutoregressiveDirection direction,
                               bool is_reversed,
                               Conditioner conditioner,
                               ElementBijector bijector)
    : direction_(direction),
      is_reversed_(is_reversed),
      conditioner_(std::move(conditioner)),
      bijector_(std::move(bijector)) {}

std::string Autoregressive::name() const {
  return bijector_.name + (direction_ == AutoregressiveDirection::maf ? "_maf" : "_iaf");
}

Tensor Autoregressive::in_order(const Tensor& x) const { return is_reversed_ ? x.flip(-1) : x; }

Tensor Autoregressive::parameters_from(const Tensor& x) const {
  return conditioner_(x).unflatten(-1, {x.size(-1), bijector_.num_parameters});
}

std::pair<Tensor, Tensor> Autoregressive::parallel(const ElementBijector::Function& function,
                                                   const Tensor& input) const {
  const Tensor ordered = in_order(input);
  const auto [output, log_slope] = function(ordered, parameters_from(ordered));
  return {in_order(output), log_slope.sum(-1)};
}

std::pair<Tensor, Tensor> Autoregressive::sequential(const ElementBijector::Function& function,
                                                     const Tensor& input) const {
  const Tensor ordered = in_order(input);
  const std::int64_t size = ordered.size(-1);
  Tensor output = at::zeros_like(ordered), log_slope = output;
  // Pass i gets coordinate i right, since it depends on those before it only. Those after it stay
  // 0: an infinity there, times a masked weight of 0, would be a NaN.
  for (std::int64_t i = 0; i < size; ++i) {
    const auto [value, slope] = function(ordered, parameters_from(output));
    const Tensor known = value.narrow(-1, 0, i + 1);
    output = at::cat({known, at::zeros_like(ordered.narrow(-1, i + 1, size - i - 1))}, /*dim=*/-1);
    log_slope = slope;
  }
  return {in_order(output), log_slope.sum(-1)};
}

std::pair<Tensor, Tensor> Autoregressive::forward_and_log_det(const Tensor& x) const {
  const bool is_parallel = direction_ == AutoregressiveDirection::iaf;
  return is_parallel ? parallel(bijector_.forward, x) : sequential(bijector_.forward, x);
}

std::pair<Tensor, Tensor> Autoregressive::inverse_and_log_det(const Tensor& y) const {
  const bool is_parallel = direction_ == AutoregressiveDirection::maf;
  return is_parallel ? parallel(bijector_.inverse, y) : sequential(bijector_.inverse, y);
}

TransformPtr Autoregressive::map_parameters(const ParameterMap& map) const {
  return std::make_shared<Autoregressive>(
      direction_, is_reversed_, conditioner_.map_tensors(map), bijector_);
}

}  // namespace elbow
