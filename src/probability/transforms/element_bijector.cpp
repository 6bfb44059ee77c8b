#include "elbow/probability/transforms/element_bijector.h"

#include <ATen/ops/log_sigmoid.h>

#include "linear_algebra.h"

namespace elbow {
namespace {

using Pair = std::pair<Tensor, Tensor>;

kernels::ElementMap map_of(kernels::ElementKind kind,
                           std::int64_t num_parameters,
                           double constant) {
  kernels::ElementMap out;
  out.kind = kind;
  out.num_parameters = num_parameters;
  out.constant = constant;
  return out;
}

// At most `bound` in size, the identity near 0.
Tensor bounded(const Tensor& raw, double bound) { return (raw / bound).tanh() * bound; }

}  // namespace

ElementBijector additive_bijector() {
  const auto move = [](const Tensor& x, const Tensor& parameters, double sign) -> Pair {
    Tensor y = x + parameters.select(-1, 0) * sign;
    Tensor log_slope = at::zeros_like(y);
    return {std::move(y), std::move(log_slope)};
  };
  return {"additive",
          /*num_parameters=*/1,
          [move](const Tensor& x, const Tensor& parameters) { return move(x, parameters, 1.0); },
          [move](const Tensor& y, const Tensor& parameters) { return move(y, parameters, -1.0); },
          map_of(kernels::ElementKind::kAdditive, 1, 0)};
}

ElementBijector affine_bijector(double max_log_scale) {
  return {"affine",
          /*num_parameters=*/2,
          [max_log_scale](const Tensor& x, const Tensor& parameters) -> Pair {
            const Tensor log_scale = bounded(parameters.select(-1, 1), max_log_scale);
            return {x * log_scale.exp() + parameters.select(-1, 0), log_scale};
          },
          [max_log_scale](const Tensor& y, const Tensor& parameters) -> Pair {
            const Tensor log_scale = -bounded(parameters.select(-1, 1), max_log_scale);
            return {(y - parameters.select(-1, 0)) * log_scale.exp(), log_scale};
          },
          map_of(kernels::ElementKind::kAffine, 2, max_log_scale)};
}

ElementBijector gated_bijector(double forget_bias) {
  return {"gated",
          /*num_parameters=*/2,
          [forget_bias](const Tensor& x, const Tensor& parameters) -> Pair {
            const Tensor logit = parameters.select(-1, 1) + forget_bias;
            const Tensor m = parameters.select(-1, 0);
            return {m + logit.sigmoid() * (x - m), at::log_sigmoid(logit)};
          },
          [forget_bias](const Tensor& y, const Tensor& parameters) -> Pair {
            const Tensor logit = parameters.select(-1, 1) + forget_bias;
            const Tensor m = parameters.select(-1, 0);
            // 1 / sigmoid(l) = 1 + e^-l
            return {m + (y - m) * ((-logit).exp() + 1), -at::log_sigmoid(logit)};
          },
          map_of(kernels::ElementKind::kGated, 2, forget_bias)};
}

}  // namespace elbow
