#pragma once

#include "elbow/probability/distributions/mixture.h"

namespace elbow {

/// Mixture of M normals with diagonal covariance: event shape [L]. The density is exact.
class MixtureNormal : public Mixture {
 public:
  /// @param logits         [batch..., M] unnormalised log mixture weights
  /// @param loc, log_scale [batch..., M, L]
  MixtureNormal(const Tensor& logits, const Tensor& loc, const Tensor& log_scale);
  std::string name() const override { return "mixture_normal"; }
  DistributionPtr detach() const override;
};

}  // namespace elbow
