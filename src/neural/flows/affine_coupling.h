#pragma once

#include "coupling_flow.h"

namespace elbow {

/// Scales and shifts some latents by functions of the others.
class AffineCouplingFlow : public CouplingFlow {
 public:
  AffineCouplingFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
