#include "affine.h"

#include <ATen/ops/zeros.h>

#include "elbow/probability/transforms/affine.h"

namespace elbow {

ComponentInfo AffineFlow::info() {
  return ComponentInfo::of("affine", "scale and shift of each coordinate").with(FlowTraits{});
}

AffineFlow::AffineFlow(const ConfigNode& /*node*/, const BuildContext& context)
    : ParameterFlow(/*is_amortized=*/false,
                    {{"shift", at::zeros({context.event_size()})},
                     {"log_scale", at::zeros({context.event_size()})}},
                    /*has_inverse=*/true,
                    [](const std::vector<Tensor>& tensors) -> TransformPtr {
                      return std::make_shared<Affine>(tensors[0], tensors[1]);
                    }) {}

}  // namespace elbow
