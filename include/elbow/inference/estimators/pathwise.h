#pragma once

#include "elbow/inference/estimators/gradient_estimator.h"

namespace elbow {

/// Differentiates through the draw z = g(noise; parameters): the reparameterisation gradient.
/// Kingma, Welling, 2014, arXiv:1312.6114, section 2.4; Rezende, Mohamed, Wierstra, 2014,
/// arXiv:1401.4082, section 3.
///
/// Of an objective that is the value of one particle only that one gets a graph.
class Pathwise : public GradientEstimator {
 public:
  static ComponentInfo info();
  Surrogate estimate(const Objective& objective, Proposals& proposals) override;
  bool has_one_loss(const Objective& objective) const override { return objective.has_one_bound(); }
};

}  // namespace elbow
