#pragma once

#include "elbow/models/generative/prior.h"

namespace elbow {

/// N(0, I) on [L]. Its mean is a buffer, so that it follows the module's device and dtype.
class StandardNormalPrior : public Prior {
 public:
  explicit StandardNormalPrior(std::int64_t latent_size);
  static ComponentInfo info();
  static PriorPtr create(const ConfigNode& node, const BuildContext& context);
  DistributionPtr distribution() override;

 private:
  Tensor loc_;
};

}  // namespace elbow
