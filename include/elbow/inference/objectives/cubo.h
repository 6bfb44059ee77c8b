#pragma once

#include "elbow/inference/objectives/objective.h"
#include "elbow/inference/objectives/power_mean.h"

namespace elbow {

/// (1/n) log E_q[w^n], n > 1: an upper bound on log p(x), which the guide lowers and thereby its
/// chi^n divergence from the posterior; such a guide covers the posterior's tails. The model
/// maximises iwae of the same particles, since raising an upper bound raises nothing.
///
/// The bound is that of infinitely many particles: one gives the ELBO, and of K the log of the mean
/// lies below it. Lowering that K-sample value itself would drive the guide away from the
/// posterior, where all weights are small; so the guide follows the bound's own gradient, (1 - n) /
/// n E_q[w^n grad log q] / E_q[w^n], with both expectations over the same draws.
///
/// Dieng, Tran, Ranganath, Paisley, Blei, "Variational inference via chi upper bound minimization",
/// 2017, arXiv:1611.00328, equation 5 and algorithm 1.
class Cubo : public Objective, public ScoreCoefficients {
 public:
  Cubo(std::int64_t num_particles, double order);
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  const Bound& model_bound() const override { return model_; }
  GuideUpdate guide_update() const override { return {nullptr, this}; }
  WeightDerivatives coefficients(const Tensor& log_weights) const override;

 private:
  double order_;
  PowerMean model_;
};

}  // namespace elbow
