#include "iaf.h"

namespace elbow {

ComponentInfo InverseAutoregressiveFlow::info() {
  return ComponentInfo::of(
             "iaf",
             "gates each latent by functions of those before it, before their change: draws in "
             "one pass, densities of values in as many as latents")
      .source(
          "Kingma, Salimans, Jozefowicz, Chen, Sutskever, Welling, Improved variational "
          "inference with inverse autoregressive flow, 2016, arXiv:1606.04934, equation 14")
      .takes({Parameter::number("forget_bias", "logit of a fresh layer's share of the old value")
                  .defaults(1.5)})
      .takes(ConditionerOptions::parameters())
      .with(FlowTraits{});
}

InverseAutoregressiveFlow::InverseAutoregressiveFlow(const ConfigNode& node,
                                                     const BuildContext& context)
    : AutoregressiveFlow(
          node, context, AutoregressiveDirection::iaf, gated_bijector(node.number("forget_bias"))) {
}

}  // namespace elbow
