#pragma once

#include "parameter_flow.h"

namespace elbow {

/// Planar layers along several orthogonal directions at once.
class SylvesterOrthogonalFlow : public ParameterFlow {
 public:
  SylvesterOrthogonalFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
