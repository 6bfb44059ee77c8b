#include "elbow/probability/transforms/autoregressive.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <numeric>

#include "conditional_pass.h"
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

std::pair<Tensor, Tensor> Autoregressive::parallel(bool is_inverse, const Tensor& input) const {
  const auto by_operators = [bijector = bijector_, is_reversed = is_reversed_, is_inverse](
                                const Conditioner& conditioner, const Tensor& x) {
    const Tensor ordered = is_reversed ? x.flip(-1) : x;
    const Tensor parameters =
        conditioner(ordered).unflatten(-1, {ordered.size(-1), bijector.num_parameters});
    const auto& function = is_inverse ? bijector.inverse : bijector.forward;
    const auto [output, log_slope] = function(ordered, parameters);
    return std::make_pair(is_reversed ? output.flip(-1) : output, log_slope.sum(-1));
  };
  std::vector<std::int64_t> order(static_cast<std::size_t>(input.size(-1)));
  std::iota(order.begin(), order.end(), 0);
  if (is_reversed_) std::reverse(order.begin(), order.end());
  if (auto result = fused({order, order, conditioner_, bijector_, is_inverse, by_operators}, input))
    return *std::move(result);
  return by_operators(conditioner_, input);
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
  return is_parallel ? parallel(/*is_inverse=*/false, x) : sequential(bijector_.forward, x);
}

std::pair<Tensor, Tensor> Autoregressive::inverse_and_log_det(const Tensor& y) const {
  const bool is_parallel = direction_ == AutoregressiveDirection::maf;
  return is_parallel ? parallel(/*is_inverse=*/true, y) : sequential(bijector_.inverse, y);
}

TransformPtr Autoregressive::map_parameters(const ParameterMap& map) const {
  return std::make_shared<Autoregressive>(
      direction_, is_reversed_, conditioner_.map_tensors(map), bijector_);
}

}  // namespace elbow
