#pragma once

#include "elbow/inference/estimators/gradient_estimator.h"

namespace elbow {

/// The reparameterisation gradient without the term that is zero on average: log q(z) is scored by
/// a detached copy of q, so that its parameters get gradients through the draw z alone. Where q is
/// the exact posterior every draw gives the gradient 0, and near it the noise is small. Roeder, Wu,
/// Duvenaud, "Sticking the landing", 2017, arXiv:1703.09194, equation 8.
///
/// Unbiased for the ELBO from draws; for importance-weighted bounds the term is not zero on
/// average, and doubly_reparameterised has it right. q must score any value: flows need an inverse.
class StickingTheLanding : public GradientEstimator {
 public:
  static ComponentInfo info();
  Surrogate estimate(const Objective& objective, Proposals& proposals) override;
  bool has_one_loss(const Objective& objective) const override { return objective.has_one_bound(); }
};

}  // namespace elbow
