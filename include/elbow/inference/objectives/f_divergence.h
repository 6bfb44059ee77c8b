#pragma once

#include "elbow/inference/objectives/objective.h"

namespace elbow {

/// The guide lowers D_f = E_q[f(p(z | x) / q(z | x))], the ratio estimated by self-normalised
/// weights W_k = K v_k of its own draws; the model maximises iwae. The gradient of -D_f is
/// E_q[(W f'(W) - f(W)) grad log q]: importance weighted, so no draw has to be differentiated
/// through. Biased by O(1/K) through the normalisation.
///
/// reverse_kl f = -log W; forward_kl W log W; chi2 (W - 1)^2; hellinger (sqrt W - 1)^2;
/// total_variation |W - 1| / 2; jensen_shannon (W log W - (W + 1) log((W + 1) / 2)) / 2.
///
/// Wan, Li, Hovakimyan, "f-divergence variational inference", 2020, arXiv:2009.13093, section 3;
/// Wang, Liu, Liu, "Variational inference with tail-adaptive f-divergence", 2018,
/// arXiv:1810.11943, section 3.
class FDivergence : public Objective, public ScoreCoefficients {
 public:
  enum class Kind { reverse_kl, forward_kl, jensen_shannon, total_variation, hellinger, chi2 };
  FDivergence(std::int64_t num_particles, Kind kind) : Objective(num_particles), kind_(kind) {}
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  /// iwae: what the model maximises.
  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  GuideUpdate guide_update() const override { return {nullptr, this}; }
  WeightDerivatives coefficients(const Tensor& log_weights) const override;

 private:
  Kind kind_;
};

}  // namespace elbow
