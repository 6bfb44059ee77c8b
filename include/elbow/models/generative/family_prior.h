#pragma once

#include "elbow/models/generative/prior.h"
#include "elbow/neural/conditional/family.h"

namespace elbow {

/// A member of a posterior's family with parameters of its own: learned diagonal and full-rank
/// normals, mixtures, and the priors that fit latents on other supports.
class FamilyPrior : public Prior {
 public:
  /// @param is_learned false: the family's initial member, for ever
  FamilyPrior(FamilyPtr family, bool is_learned);
  /// The row of a posterior's family as a prior.
  static ComponentInfo info(const ComponentInfo& family);
  DistributionPtr distribution() override { return family_->distribution(parameters_); }
  Layout layout() const override { return family_->layout(); }

 private:
  FamilyPtr family_;
  Tensor parameters_;  ///< [P]
};

}  // namespace elbow
