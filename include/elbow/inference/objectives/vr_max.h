#pragma once

#include "elbow/inference/objectives/objective.h"

namespace elbow {

/// max_k log w_k, the Renyi bound as alpha goes to minus infinity. Only the chosen particle has a
/// gradient, so a step draws and scores K without a graph and builds it for one.
/// Li, Turner, "Renyi divergence variational inference", 2016, arXiv:1602.02311, section 4.2.
class VrMax : public Objective, public ParticleSelection {
 public:
  explicit VrMax(std::int64_t num_particles) : Objective(num_particles) {}
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  const ParticleSelection* particle_selection() const override { return this; }
  Tensor select(const Tensor& log_weights) const override;
};

}  // namespace elbow
