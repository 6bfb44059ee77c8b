#pragma once

#include "elbow/models/generative/prior.h"
#include "elbow/neural/flows/flow_stack.h"

namespace elbow {

/// z = f(e), e ~ N(0, I), with a learned invertible f: p(z) needs the inverse. Chen et al.,
/// "Variational Lossy Autoencoder", 2017, arXiv:1611.02731, section 3.2; Dinh et al., 2017,
/// arXiv:1605.08803.
class FlowPrior : public Prior {
 public:
  static ComponentInfo info();
  FlowPrior(const ConfigNode& node, const BuildContext& context);
  DistributionPtr distribution() override;

 private:
  std::shared_ptr<FlowStack> flows_;
  Tensor zeros_;  ///< [L]
};

}  // namespace elbow
