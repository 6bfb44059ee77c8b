#pragma once

#include "parameter_flow.h"

namespace elbow {

/// Scale and shift of each coordinate.
class AffineFlow : public ParameterFlow {
 public:
  AffineFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
