#include "spline_coupling.h"

#include "flow_keys.h"

namespace elbow {

ComponentInfo SplineCouplingFlow::info() {
  return coupling_info(
      ComponentInfo::of("spline_coupling",
                        "bends some latents by monotone splines whose knots depend on the others")
          .source("Durkan, Bekasov, Murray, Papamakarios, Neural spline flows, 2019, "
                  "arXiv:1906.04032, section 3"),
      spline_parameters());
}

SplineCouplingFlow::SplineCouplingFlow(const ConfigNode& node, const BuildContext& context)
    : CouplingFlow(node, context, spline_from(node)) {}

}  // namespace elbow
