#include "permutation.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/randperm.h>

#include "elbow/probability/transforms/permutation.h"

namespace elbow {

ComponentInfo PermutationFlow::info() {
  return ComponentInfo::of("permutation", "a fixed order of the coordinates")
      .takes({Parameter::choice(
                  "order", {"reverse", "random"}, "from last to first, or drawn from the seed")
                  .defaults("reverse")})
      .with(FlowTraits{});
}

PermutationFlow::PermutationFlow(const ConfigNode& node, const BuildContext& context)
    : order_(register_buffer("order",
                             node.text("order") == "random"
                                 ? at::randperm(context.event_size())
                                 : at::arange(context.event_size()).flip(0))) {}

TransformPtr PermutationFlow::forward(const Tensor& /*context*/) {
  // A module's move to another dtype takes the buffer along.
  return std::make_shared<Permutation>(order_.to(at::kLong));
}

}  // namespace elbow
