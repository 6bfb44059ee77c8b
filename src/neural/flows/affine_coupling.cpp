#include "affine_coupling.h"

#include "flow_keys.h"

namespace elbow {

ComponentInfo AffineCouplingFlow::info() {
  return coupling_info(
      ComponentInfo::of("affine_coupling",
                        "scales and shifts some latents by functions of the others")
          .source("Dinh, Sohl-Dickstein, Bengio, Density estimation using Real NVP, 2016, "
                  "arXiv:1605.08803, section 3.2"),
      {max_log_scale_parameter()});
}

AffineCouplingFlow::AffineCouplingFlow(const ConfigNode& node, const BuildContext& context)
    : CouplingFlow(node, context, affine_bijector(node.number("max_log_scale"))) {}

}  // namespace elbow
