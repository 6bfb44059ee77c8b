#pragma once

#include "coupling_flow.h"

namespace elbow {

/// Bends some latents by monotone splines whose knots depend on the others.
class SplineCouplingFlow : public CouplingFlow {
 public:
  SplineCouplingFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
