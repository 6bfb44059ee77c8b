#pragma once

#include "elbow/inference/objectives/objective.h"

namespace elbow {

/// Reweighted wake-sleep: the model maximises iwae (wake-theta), the guide lowers the forward KL
/// KL(p(z | x) || q(z | x)): in the wake phase by sum_k v_k grad log q(z_k | x) with normalised
/// weights v_k of its own draws, in the sleep phase by grad log q(z | x) at draws (z, x) of the
/// model. Self-normalised weights are biased towards the reverse KL's gradient by O(1/K): of one
/// particle the wake phase is no signal at all.
///
/// Bornschein, Bengio, "Reweighted wake-sleep", 2015, arXiv:1406.2751, section 3; Le et al.,
/// "Revisiting reweighted wake-sleep", 2018, arXiv:1805.10469, section 3.
class WakeSleep : public Objective, public ScoreCoefficients {
 public:
  struct Options {
    std::int64_t num_particles = 5;
    double wake_phi = 1.0, sleep_phi = 0.0;  ///< weights of the guide's two phases
  };
  explicit WakeSleep(const Options& options)
      : Objective(options.num_particles), options_(options) {}
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  GuideUpdate guide_update() const override { return {nullptr, this, options_.sleep_phi}; }
  WeightDerivatives coefficients(const Tensor& log_weights) const override;

 private:
  Options options_;
};

}  // namespace elbow
