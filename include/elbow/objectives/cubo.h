#pragma once

#include "elbow/objectives/objective.h"
#include "elbow/objectives/power_mean.h"

namespace elbow {

/// (1/n) log E_q[w^n], n > 1: an upper bound on log p(x), which the guide lowers and thereby its
/// chi^n divergence from the posterior; such a guide covers the posterior's tails. The model climbs
/// iwae of the same particles, since raising an upper bound raises nothing. The bound is that of
/// infinitely many particles: one particle gives the ELBO, and of K the log of the mean is biased
/// down.
///
/// Dieng, Tran, Ranganath, Paisley, Blei, "Variational inference via chi upper bound minimization",
/// 2017, arXiv:1611.00328, equation 5.
class Cubo : public Objective {
 public:
  Cubo(std::int64_t num_particles, double order);
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  std::int64_t num_particles() const override { return num_particles_; }
  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  const Objective& for_model() const override { return model_; }
  const Objective& for_guide() const override { return guide_; }

 private:
  /// Minus the bound: what is climbed is lowered.
  class Lowered : public Objective {
   public:
    explicit Lowered(double order) : order_(order) {}
    std::int64_t num_particles() const override { return 1; }
    Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
    WeightDerivatives derivatives(const Tensor& log_weights) const override;

   private:
    double order_;
  };

  std::int64_t num_particles_;
  double order_;
  PowerMean model_;
  Lowered guide_;
};

}  // namespace elbow
