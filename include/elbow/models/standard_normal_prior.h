#pragma once

#include "elbow/models/prior.h"

namespace elbow {

/// N(0, I) on [L]. Its constants are buffers, so they follow the module's device and dtype.
class StandardNormalPrior : public Prior {
 public:
  explicit StandardNormalPrior(std::int64_t latent_size);
  static ComponentInfo info();
  DistributionPtr distribution() override;

 private:
  Tensor loc_, log_scale_;
};

}  // namespace elbow
