#pragma once

#include <memory>

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/inference/estimators/proposals.h"
#include "elbow/inference/objectives/objective.h"
#include "elbow/neural/nn/module.h"

namespace elbow {

/// Scalars whose gradients estimate minus the objective's, and the terms they were made from.
struct Surrogate {
  /// Of all parameters; of the model's alone where there is a loss for the guide.
  Tensor loss;
  /// Of the parameters of guide and estimator, where what they maximise is not what the model
  /// maximises; else undefined. Shares loss's graph.
  Tensor guide_loss;
  BoundTerms terms;
};

/// How the gradient of a bound is estimated: how latents are drawn, where gradients are stopped,
/// and what is added to the graph. A module, since baselines are learned or averaged: its
/// parameters are trained and its buffers kept with the guide's.
class GradientEstimator : public Module {
 public:
  /// The minus lives here: objectives are bounds to maximise, optimizers minimise.
  virtual Surrogate estimate(const Objective& objective, Proposals& proposals) = 0;
  /// Whether there is one loss for all parameters, whatever the batch: then one backward pass adds
  /// to the gradients of all.
  virtual bool has_one_loss(const Objective& /*objective*/) const { return false; }
};
using GradientEstimatorPtr = std::shared_ptr<GradientEstimator>;

/// pathwise, sticking_the_landing, doubly_reparameterised, and those that need no reparameterised
/// draws; of the data they are told the sizes. Traits: EstimatorTraits.
Factory<GradientEstimatorPtr, const DataContext&>& estimator_factory();

}  // namespace elbow
