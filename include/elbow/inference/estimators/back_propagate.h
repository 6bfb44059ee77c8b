#pragma once

#include <vector>

#include "elbow/inference/estimators/gradient_estimator.h"

namespace elbow {

/// Whose gradients a surrogate gives.
struct ParameterGroups {
  std::vector<Tensor> model;
  std::vector<Tensor> guide;  ///< those of the estimator too, if they are trained
};

/// Adds `weight` times the gradients of a surrogate to those of the parameters: one pass back, or
/// one for each group where each has a bound of its own. @return the loss, detached
Tensor back_propagate(const Surrogate& surrogate,
                      const ParameterGroups& parameters,
                      double weight = 1.0);

}  // namespace elbow
