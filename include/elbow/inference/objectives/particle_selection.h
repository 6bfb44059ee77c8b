#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// A bound that is the value of one particle, so that its gradient needs a graph of that one only.
class ParticleSelection {
 public:
  virtual ~ParticleSelection() = default;
  /// @param log_weights [K, B] @return [B] the index of each example's particle
  virtual Tensor select(const Tensor& log_weights) const = 0;
};

}  // namespace elbow
