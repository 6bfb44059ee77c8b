#pragma once

#include <vector>

#include "elbow/models/conjugate/global_factor.h"

namespace elbow {

/// Where the examples of a class lie, for pictures.
struct ClassShape {
  double weight = 0;        ///< E[pi_k]
  Tensor mean, covariance;  ///< [D], [D, D] float64
};

/// What a conjugate model can show whose examples belong to classes with a mean and a covariance.
class ClassEllipses {
 public:
  virtual ~ClassEllipses() = default;
  /// Classes in the order of the encoding's responsibilities; empty when they are no ellipses.
  virtual std::vector<ClassShape> class_shapes(const Globals& globals) const = 0;
};

}  // namespace elbow
