#pragma once

#include "autoregressive_flow.h"

namespace elbow {

/// Bends each latent by a monotone spline whose knots depend on those before it.
class AutoregressiveSplineFlow : public AutoregressiveFlow {
 public:
  AutoregressiveSplineFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
