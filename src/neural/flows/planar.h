#pragma once

#include "parameter_flow.h"

namespace elbow {

/// x + u tanh(w'x + b): a bump along one direction. With `numeric_inverse`, it is inverted by
/// bisection.
class PlanarFlow : public ParameterFlow {
 public:
  PlanarFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
