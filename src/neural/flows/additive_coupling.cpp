#include "additive_coupling.h"

namespace elbow {

ComponentInfo AdditiveCouplingFlow::info() {
  return coupling_info(
      ComponentInfo::of("additive_coupling",
                        "shifts some latents by functions of the others; keeps the volume")
          .source("Dinh, Krueger, Bengio, NICE: non-linear independent components estimation, "
                  "2014, arXiv:1410.8516, section 3.2"),
      /*own=*/{});
}

AdditiveCouplingFlow::AdditiveCouplingFlow(const ConfigNode& node, const BuildContext& context)
    : CouplingFlow(node, context, additive_bijector()) {}

}  // namespace elbow
