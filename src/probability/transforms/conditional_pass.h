#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "elbow/probability/transforms/conditioner.h"
#include "elbow/probability/transforms/element_bijector.h"

namespace elbow {

/// What a coupling or an autoregressive flow does in one pass: coordinates `inputs` give, by the
/// conditioner, the parameters of the functions that change coordinates `changed`.
struct ConditionalPass {
  /// y and log |det dy/dx| by ATen's operators: what the fused operation must agree with.
  using ByOperators =
      std::function<std::pair<Tensor, Tensor>(const Conditioner& conditioner, const Tensor& x)>;

  at::IntArrayRef inputs, changed;
  const Conditioner& conditioner;
  const ElementBijector& bijector;
  bool is_inverse;
  ByOperators by_operators;
};

/// The pass as one operation, forwards and backwards. Only where kernels know the conditioner and
/// the functions, on the CPU in float32 or float64, and not while a trace is taken, which would not
/// see into it; otherwise nothing. A gradient that is to be differentiated again is taken through
/// `by_operators`.
std::optional<std::pair<Tensor, Tensor>> fused(const ConditionalPass& pass, const Tensor& x);

}  // namespace elbow
