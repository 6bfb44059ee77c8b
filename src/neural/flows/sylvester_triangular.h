#pragma once

#include "parameter_flow.h"

namespace elbow {

/// Triangular matrices only; every second layer reverses the latents.
class SylvesterTriangularFlow : public ParameterFlow {
 public:
  SylvesterTriangularFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
