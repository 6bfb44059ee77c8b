#pragma once

#include "elbow/estimators/gradient_estimator.h"

namespace elbow {

/// Differentiates through the draw z = g(noise; parameters): the reparameterisation gradient.
/// Kingma, Welling, 2014, arXiv:1312.6114, section 2.4; Rezende, Mohamed, Wierstra, 2014,
/// arXiv:1401.4082, section 3.
class Pathwise : public GradientEstimator {
 public:
  static ComponentInfo info();
  Surrogate surrogate_loss(const Objective& objective,
                           const Trace& model,
                           const Trace& guide) const override;
};

}  // namespace elbow
