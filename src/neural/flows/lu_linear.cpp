#include "lu_linear.h"

#include <ATen/ops/randperm.h>

#include "elbow/probability/transforms/lu_linear.h"
#include "parameter_flow.h"

namespace elbow {

ComponentInfo LuLinearFlow::info() {
  return ComponentInfo::of("lu_linear",
                           "a learned matrix by its triangular factors and a fixed permutation")
      .source(
          "Kingma, Dhariwal, Glow: generative flow with invertible 1x1 convolutions, 2018, "
          "arXiv:1807.03039, section 3.2")
      .with(FlowTraits{});
}

LuLinearFlow::LuLinearFlow(const ConfigNode& /*node*/, const BuildContext& context)
    : factors_(register_parameter(
          "factors", uniform_start({context.event_size(), context.event_size()}, 0.01))),
      order_(register_buffer("order", at::randperm(context.event_size()))) {}

TransformPtr LuLinearFlow::forward(const Tensor& /*context*/) {
  // A module's move to another dtype takes the buffer along.
  return std::make_shared<LuLinear>(factors_, order_.to(at::kLong));
}

}  // namespace elbow
