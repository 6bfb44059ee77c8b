#pragma once

#include "parameter_flow.h"

namespace elbow {

/// As many directions as latents, turned by reflections.
class SylvesterHouseholderFlow : public ParameterFlow {
 public:
  SylvesterHouseholderFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
