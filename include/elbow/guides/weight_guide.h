#pragma once

#include "elbow/conditional/family.h"
#include "elbow/flows/flow_stack.h"
#include "elbow/guides/guide.h"

namespace elbow {

/// q(w) of weights that all examples share, one for each of G data sets that are fitted side by
/// side: a family's learned numbers, and flows behind it. Site "weights" of shared scope.
/// Blundell et al., "Weight uncertainty in neural networks", 2015, arXiv:1505.05424, section 3.
class WeightGuide : public Guide {
 public:
  /// @param start numbers of the family to begin with, [G, family.num_parameters()]
  /// @param flows layers that take a context get one for each data set, learned: parameters of its
  /// own. It begins uniform in +-1 / sqrt(P), from the default generator
  WeightGuide(FamilyPtr family, std::shared_ptr<FlowStack> flows, const Tensor& start);
  /// @return site "weights" [K, G, P], log_prob [K, G]
  Trace propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) override;
  /// @param z [K, G, P]
  Trace score(const Tensor& x, const Tensor& z) override;
  /// Batch shape [G], event shape [P]; x is not looked at.
  DistributionPtr posterior(const Tensor& x) override;
  bool is_shared() const override { return true; }

 private:
  FamilyPtr family_;
  std::shared_ptr<FlowStack> flows_;  ///< null: none
  Tensor learned_;                    ///< [G, family.num_parameters()]
  Tensor context_;                    ///< [G, flows.context_size()]; undefined without one
};

}  // namespace elbow
