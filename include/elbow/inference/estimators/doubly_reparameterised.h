#pragma once

#include "elbow/inference/estimators/gradient_estimator.h"

namespace elbow {

/// The guide's gradient sum_k (g_k - d g_k / d log w_k) (d log w_k / d z_k) (d z_k / d phi), where
/// g_k is the bound's derivative in log w_k: the score term of the reparameterisation gradient is
/// itself reparameterised. For iwae the factor is the squared normalised weight, for the ELBO it is
/// sticking the landing; for the forward KL of wake-sleep it is the derivative of the coefficients.
/// Its signal-to-noise ratio does not fall as K grows. The model's gradient is the usual one.
///
/// Tucker, Lawson, Gu, Maddison, "Doubly reparameterized gradient estimators", 2018,
/// arXiv:1810.04152, sections 4 to 6; with several latents drawn in turn all of them are one draw:
/// Bauer, Mnih, "Generalized doubly reparameterized gradient estimators", 2021, arXiv:2101.11046.
class DoublyReparameterised : public GradientEstimator {
 public:
  static ComponentInfo info();
  Surrogate estimate(const Objective& objective, Proposals& proposals) override;
};

}  // namespace elbow
