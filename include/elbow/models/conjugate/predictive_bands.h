#pragma once

#include "elbow/models/conjugate/statistics.h"

namespace elbow {

/// How well a regression knows the mean response at some inputs, [B] each: central intervals by
/// q(w), and by the exact posterior of the weights given the data and the expected precisions.
struct FunctionBands {
  Tensor mean, lower, upper, exact_mean, exact_lower, exact_upper;
};

/// What a conjugate model can show whose mean response is a function with an exact posterior, from
/// which q(w) may differ.
class PredictiveBands {
 public:
  virtual ~PredictiveBands() = default;
  /// @param x [B, D] inputs @param statistics of the training examples
  virtual FunctionBands function_bands(const Tensor& x,
                                       const Statistics& statistics,
                                       const Globals& globals,
                                       double mass) const = 0;
};

}  // namespace elbow
