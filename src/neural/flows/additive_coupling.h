#pragma once

#include "coupling_flow.h"

namespace elbow {

/// Shifts some latents by functions of the others; keeps the volume.
class AdditiveCouplingFlow : public CouplingFlow {
 public:
  AdditiveCouplingFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
