#pragma once

#include "elbow/inference/estimators/gradient_estimator.h"

namespace elbow {

/// The score-function gradient of a K-sample bound in which each particle is credited with the
/// difference that it makes: the bound against the same with its weight replaced by a mean of the
/// others'. Nothing is learned, and latents may be discrete. At least two particles.
/// Mnih, Rezende, "Variational inference for Monte Carlo objectives", 2016, arXiv:1602.06725,
/// section 3.
class Vimco : public GradientEstimator {
 public:
  enum class Mean { geometric, arithmetic };
  explicit Vimco(Mean mean) : mean_(mean) {}
  static ComponentInfo info();
  static GradientEstimatorPtr create(const ConfigNode& node, const DataContext& data);
  Surrogate estimate(const Objective& objective, Proposals& proposals) override;

 private:
  Mean mean_;
};

}  // namespace elbow
