#pragma once

#include "elbow/inference/objectives/objective.h"

namespace elbow {

/// Mean of M importance-weighted bounds of K particles each, MIWAE(M, K): between the ELBO (K = 1)
/// and iwae (M = 1), with a guide gradient whose signal-to-noise ratio rises with sqrt(M).
/// Rainforth et al., "Tighter variational bounds are not necessarily better", 2018,
/// arXiv:1802.04537, section 6.
class Miwae : public Objective {
 public:
  Miwae(std::int64_t num_groups, std::int64_t group_size)
      : Objective(num_groups * group_size), num_groups_(num_groups) {}
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  /// Particle m + M k is draw k of group m. @throws std::logic_error for particles drawn by strata
  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  std::optional<WeightDerivatives> derivatives(const Tensor& log_weights) const override;

 private:
  std::int64_t num_groups_;
};

/// The model maximises iwae with all M K particles, the guide MIWAE(M, K) of the same ones: PIWAE.
/// Rainforth et al., 2018, arXiv:1802.04537, section 6.
class Piwae : public Objective {
 public:
  Piwae(std::int64_t num_groups, std::int64_t group_size)
      : Objective(num_groups * group_size), guide_(num_groups, group_size) {}
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  std::optional<WeightDerivatives> derivatives(const Tensor& log_weights) const override;
  GuideUpdate guide_update() const override { return {&guide_}; }

 private:
  Miwae guide_;
};

}  // namespace elbow
