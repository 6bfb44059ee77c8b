#include "householder.h"

#include <ATen/ops/randn.h>

#include "elbow/probability/transforms/householder.h"
#include "flow_keys.h"

namespace elbow {

ComponentInfo HouseholderFlow::info() {
  FlowTraits traits;
  traits.amortizable = true;
  return ComponentInfo::of("householder",
                           "a reflection; several of them rotate, and keep the volume")
      .source(
          "Tomczak, Welling, Improving variational auto-encoders using Householder flow, 2016, "
          "arXiv:1611.09630, section 3.1")
      .takes({amortized_parameter()})
      .with(traits);
}

HouseholderFlow::HouseholderFlow(const ConfigNode& node, const BuildContext& context)
    : ParameterFlow(is_amortized(node, context),
                    {{"v", at::randn({context.event_size()})}},
                    /*has_inverse=*/true,
                    [](const std::vector<Tensor>& tensors) -> TransformPtr {
                      return std::make_shared<Householder>(tensors[0]);
                    }) {
  stack_by(kernels::StackedLayer::householder);
}

}  // namespace elbow
