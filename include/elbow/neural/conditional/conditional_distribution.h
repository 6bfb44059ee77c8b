#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/neural/nn/module.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// A conditional distribution p(x | c): a module whose forward pass returns a distribution.
class ConditionalDistribution : public Module {
 public:
  /// @param context [..., context event...] @return batch shape [...], event shape as built
  virtual DistributionPtr forward(const Tensor& context) = 0;
  /// The same of examples of different sizes, to which means are proportional. Only where the row's
  /// traits say so (takes_library_size). @param log_size [..., 1]
  virtual DistributionPtr forward_sized(const Tensor& context, const Tensor& log_size);
};
using ConditionalDistributionPtr = std::shared_ptr<ConditionalDistribution>;

/// p(x | z), from z [..., L]: bernoulli, normal, poisson and others (docs/likelihoods.md). Event
/// shape: the data's, [C, H, W] or [D]. Traits: LikelihoodTraits.
Factory<ConditionalDistributionPtr, const BuildContext&>& likelihood_factory();

}  // namespace elbow
