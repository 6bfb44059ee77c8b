#pragma once

#include "elbow/inference/objectives/objective.h"
#include "elbow/models/generative/step_scalar.h"

namespace elbow {

/// beta ELBO + (1 - beta) iwae, from the same K particles: CIWAE. Rainforth et al., "Tighter
/// variational bounds are not necessarily better", 2018, arXiv:1802.04537, section 6.
class Ciwae : public Objective {
 public:
  /// @param beta null: 0
  Ciwae(std::int64_t num_particles, SchedulePtr beta)
      : Objective(num_particles), schedule_(std::move(beta)) {}
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  void advance(const Clock& clock) override;
  std::vector<std::pair<std::string, double>> schedule_values() const override {
    return {{"beta", beta_.value()}};
  }
  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  std::optional<WeightDerivatives> derivatives(const Tensor& log_weights) const override;

 private:
  SchedulePtr schedule_;
  StepScalar beta_{0}, rest_{1};  ///< beta, 1 - beta
};

}  // namespace elbow
