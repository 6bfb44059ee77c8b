#include "maf.h"

#include "flow_keys.h"

namespace elbow {

ComponentInfo MaskedAutoregressiveFlow::info() {
  return ComponentInfo::of(
             "maf",
             "scales and shifts each latent by functions of those before it, after their change: "
             "densities of values in one pass, draws in as many as latents")
      .source(
          "Papamakarios, Pavlakou, Murray, Masked autoregressive flow for density estimation, "
          "2017, arXiv:1705.07057, section 3.1")
      .takes({max_log_scale_parameter()})
      .takes(ConditionerOptions::parameters())
      .with(FlowTraits{});
}

MaskedAutoregressiveFlow::MaskedAutoregressiveFlow(const ConfigNode& node,
                                                   const BuildContext& context)
    : AutoregressiveFlow(node,
                         context,
                         AutoregressiveDirection::maf,
                         affine_bijector(node.number("max_log_scale"))) {}

}  // namespace elbow
