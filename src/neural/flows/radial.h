#pragma once

#include "parameter_flow.h"

namespace elbow {

/// Contracts or expands around a point.
class RadialFlow : public ParameterFlow {
 public:
  RadialFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
