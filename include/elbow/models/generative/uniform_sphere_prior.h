#pragma once

#include "elbow/models/generative/prior.h"

namespace elbow {

/// Uniform on the unit sphere of R^L.
class UniformSpherePrior : public Prior {
 public:
  /// @throws ConfigError for a single unit
  UniformSpherePrior(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
  DistributionPtr distribution() override;

 private:
  Tensor zeros_;  ///< [L]: a buffer, so that it follows the module's device and dtype
};

}  // namespace elbow
