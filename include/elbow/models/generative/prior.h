#pragma once

#include <torch/nn/module.h>

#include <functional>
#include <utility>

#include "elbow/foundations/core/factory.h"
#include "elbow/foundations/core/layout.h"
#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// p(z): a module, since priors can be learned.
class Prior : public torch::nn::Module {
 public:
  /// Batch shape [], event shape [L].
  virtual DistributionPtr distribution() = 0;
  /// What the numbers of its tensor `parameters` are; empty for priors that are no family's member.
  virtual Layout layout() const { return {}; }
  /// Whether the guide's posterior computes it, whose weights are no part of this module.
  virtual bool is_made_of_posterior() const { return false; }
};
using PriorPtr = std::shared_ptr<Prior>;

/// What is known when a prior is built.
struct PriorShapes {
  std::int64_t latent_size;
  Shape event_shape = {};  ///< of the data
  /// `count` training examples, [count, event...]; empty when the weights come from a checkpoint.
  std::function<Tensor(std::int64_t count)> examples = nullptr;
  ConditionalDistributionPtr posterior = nullptr;  ///< the guide's q(z | x), for priors made of it
  /// `count` values of what the prior is a density of, [count, L]: known when that is the data.
  std::function<Tensor(std::int64_t count)> values = nullptr;
  Tensor data_mean = {};  ///< [event...] of the training data; undefined as `examples` is empty
  /// Smallest and largest value of the training data.
  std::function<std::pair<double, double>()> data_range = nullptr;
};

/// standard_normal, the learned families, flow, vamp. Traits: PriorTraits.
Factory<PriorPtr, const PriorShapes&>& prior_factory();

}  // namespace elbow
