#pragma once

#include "elbow/models/generative/prior.h"

namespace elbow {

/// Variational mixture of posteriors: p(z) = 1/M sum_m q(z | u_m), where q is the guide's posterior
/// and the pseudo-inputs u_m are learned. Tomczak, Welling, "VAE with a VampPrior", 2018,
/// arXiv:1705.07120, section 3.
///
/// The posterior belongs to the guide: its weights are not this module's parameters, but get their
/// gradient through it.
class VampPrior : public Prior {
 public:
  static ComponentInfo info();
  VampPrior(const ConfigNode& node, const BuildContext& context);
  DistributionPtr distribution() override;
  bool is_made_of_posterior() const override { return true; }

 private:
  ConditionalDistributionPtr posterior_;
  bool has_gaps_;         ///< of the data: pseudo-inputs have none
  Tensor pseudo_inputs_;  ///< [M, event...]
  Tensor low_, high_;     ///< 0-dim: the range of the training data, at which a pseudo-input is cut
};

}  // namespace elbow
