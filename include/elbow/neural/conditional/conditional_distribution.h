#pragma once

#include <torch/nn/module.h>

#include "elbow/foundations/core/factory.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// A conditional distribution p(x | c): a module whose forward pass returns a distribution.
class ConditionalDistribution : public torch::nn::Module {
 public:
  /// @param context [..., context event...] @return batch shape [...], event shape as built
  virtual DistributionPtr forward(const Tensor& context) = 0;
};
using ConditionalDistributionPtr = std::shared_ptr<ConditionalDistribution>;

/// What is known of the data when a likelihood or posterior is built.
struct ConditionalShapes {
  Shape event_shape;         ///< of the data: [C, H, W] or [D]
  std::int64_t latent_size;  ///< L
  Tensor data_mean;  ///< [event...] mean of the training data (after binarisation in expectation),
                     ///< or undefined
};

/// p(x | z), from z [..., L]: bernoulli, continuous_bernoulli, normal. Event shape: the data's.
/// Traits: LikelihoodTraits.
Factory<ConditionalDistributionPtr, const ConditionalShapes&>& likelihood_factory();

}  // namespace elbow
