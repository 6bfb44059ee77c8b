#pragma once

#include <memory>
#include <optional>

#include "elbow/foundations/core/factory.h"
#include "elbow/models/conjugate/global_factor.h"

namespace elbow {

/// How the classes of a mixture share the examples: a distribution over K proportions.
class MixtureWeights {
 public:
  virtual ~MixtureWeights() = default;
  /// Named "weights"; nothing when the weights are fixed.
  virtual std::optional<GlobalFactor> factor() const = 0;
  /// E[ln pi_k], [K]. @param mean of the factor; undefined when there is none
  virtual Tensor expected_log(const Tensor& mean) const = 0;
  /// Statistics in the shape of the factor. @param counts [K] expected examples of each class
  virtual Tensor statistics(const Tensor& counts) const = 0;
  /// E[pi_k], [K]. @param natural of the factor @param is_point q is a point mass
  virtual Tensor expected(const Tensor& natural, bool is_point) const = 0;
};
using MixtureWeightsPtr = std::shared_ptr<const MixtureWeights>;

/// dirichlet, stick_breaking, uniform. The argument is K.
Factory<MixtureWeightsPtr, std::int64_t>& mixture_weights_factory();

}  // namespace elbow
