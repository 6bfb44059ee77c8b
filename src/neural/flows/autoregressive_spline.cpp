#include "autoregressive_spline.h"

#include "flow_keys.h"

namespace elbow {

ComponentInfo AutoregressiveSplineFlow::info() {
  return ComponentInfo::of(
             "autoregressive_spline",
             "bends each latent by a monotone spline whose knots depend on those before it")
      .source(
          "Durkan, Bekasov, Murray, Papamakarios, Neural spline flows, 2019, "
          "arXiv:1906.04032, section 3")
      .takes({Parameter::choice(
                  "direction", {"maf", "iaf"}, "one pass for densities of values, or one for draws")
                  .defaults("iaf")})
      .takes(spline_parameters())
      .takes(ConditionerOptions::parameters())
      .with(FlowTraits{});
}

AutoregressiveSplineFlow::AutoregressiveSplineFlow(const ConfigNode& node,
                                                   const BuildContext& context)
    : AutoregressiveFlow(node,
                         context,
                         node.text("direction") == "maf" ? AutoregressiveDirection::maf
                                                         : AutoregressiveDirection::iaf,
                         spline_from(node)) {}

}  // namespace elbow
