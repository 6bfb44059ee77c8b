#pragma once

#include <memory>

#include "elbow/core/factory.h"
#include "elbow/objectives/objective.h"

namespace elbow {

/// A scalar whose gradient estimates minus the bound's, and the terms it was made from.
struct Surrogate {
  Tensor loss;
  BoundTerms terms;
};

/// How the gradient of a bound is estimated: what is cut from the graph, and what is added to it.
class GradientEstimator {
 public:
  virtual ~GradientEstimator() = default;
  /// The minus lives here: objectives are bounds to maximise, optimizers minimise.
  virtual Surrogate surrogate_loss(const Objective& objective,
                                   const Trace& model,
                                   const Trace& guide) const = 0;
};
using GradientEstimatorPtr = std::shared_ptr<const GradientEstimator>;

/// pathwise, sticking_the_landing. Properties: needs_rsample; scores_draws_again (asks for the
/// density of draws as of any values, and for a KL from draws).
const Factory<GradientEstimatorPtr>& estimator_factory();

}  // namespace elbow
