#pragma once

#include "elbow/foundations/core/config_node.h"
#include "masked_optimizer.h"

namespace elbow {

/// Adam with eps added to the root of the *uncorrected* second moment: direction sqrt(1 - b2^t) /
/// (1 - b1^t) * m / (sqrt(v) + eps). Early steps are then smaller than with the usual place. Keras
/// and the IWAE paper's code do it so.
///
/// Kingma, Ba, "Adam", 2014, arXiv:1412.6980, end of section 2.
class UncorrectedEpsAdam : public MaskedOptimizer {
 public:
  UncorrectedEpsAdam(const ConfigNode& node, const Tensor& values);

 protected:
  Proposal propose(const Tensor& gradient, const Tensor& steps) const override;

 private:
  double beta1_, beta2_, eps_;
};

}  // namespace elbow
