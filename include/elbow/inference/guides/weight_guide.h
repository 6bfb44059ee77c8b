#pragma once

#include "elbow/inference/guides/guide.h"
#include "elbow/neural/conditional/family.h"
#include "elbow/neural/flows/flow_stack.h"

namespace elbow {

/// q(w) of weights that all examples share, one for each of G data sets that are fitted side by
/// side: a family's learned numbers, and flows behind it. One site of shared scope.
/// Blundell et al., "Weight uncertainty in neural networks", 2015, arXiv:1505.05424, section 3.
class WeightGuide : public Guide {
 public:
  /// @param start numbers of the family to begin with, [G, family.num_parameters()]
  /// @param flows layers that take a context get one for each data set, learned: parameters of its
  /// own. It begins uniform in +-1 / sqrt(P), from the default generator
  WeightGuide(SiteSpec site,
              FamilyPtr family,
              std::shared_ptr<FlowStack> flows,
              const Tensor& start);
  /// Values [K, G, P], log_prob [K, G]; of the batch nothing but its size counts.
  ConditionedGuidePtr condition(const Batch& batch) override;

 private:
  SiteSpec site_;
  FamilyPtr family_;
  std::shared_ptr<FlowStack> flows_;  ///< null: none
  Tensor learned_;                    ///< [G, family.num_parameters()]
  Tensor context_;                    ///< [G, flows.context_size()]; undefined without one
};

}  // namespace elbow
