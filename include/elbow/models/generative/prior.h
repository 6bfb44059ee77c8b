#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/foundations/core/layout.h"
#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/module.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// p(z): a module, since priors can be learned.
class Prior : public Module {
 public:
  /// Batch shape [], event shape [L].
  virtual DistributionPtr distribution() = 0;
  /// What the numbers of its tensor `parameters` are; empty for priors that are no family's member.
  virtual Layout layout() const { return {}; }
  /// Whether the guide's posterior computes it, whose weights are no part of this module.
  virtual bool is_made_of_posterior() const { return false; }
};
using PriorPtr = std::shared_ptr<Prior>;

/// standard_normal, the learned families, flow, vamp. Traits: PriorTraits.
Factory<PriorPtr, const BuildContext&>& prior_factory();

}  // namespace elbow
