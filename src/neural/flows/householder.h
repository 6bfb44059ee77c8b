#pragma once

#include "parameter_flow.h"

namespace elbow {

/// A reflection; several of them rotate, and keep the volume.
class HouseholderFlow : public ParameterFlow {
 public:
  HouseholderFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
