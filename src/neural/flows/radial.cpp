#include "radial.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "elbow/probability/transforms/radial.h"
#include "flow_keys.h"

namespace elbow {

ComponentInfo RadialFlow::info() {
  FlowTraits traits;
  traits.amortizable = true;
  return ComponentInfo::of("radial", "contracts or expands around a point")
      .source(
          "Rezende, Mohamed, Variational inference with normalizing flows, 2015, "
          "arXiv:1505.05770, equation 14 and appendix A.2")
      .takes({amortized_parameter()})
      .with(traits);
}

RadialFlow::RadialFlow(const ConfigNode& node, const BuildContext& context)
    : ParameterFlow(is_amortized(node, context),
                    {{"center", uniform_start({context.event_size()}, 1.0)},
                     {"log_alpha", at::zeros({1})},
                     {"beta", uniform_start({1}, kStartNoise) + identity_point()}},
                    /*has_inverse=*/true,
                    [](const std::vector<Tensor>& tensors) -> TransformPtr {
                      return std::make_shared<Radial>(tensors[0], tensors[1], tensors[2]);
                    }) {
  stack_by(kernels::StackedLayer::radial);
}

}  // namespace elbow
