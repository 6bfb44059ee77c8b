#pragma once

#include "elbow/data/dataset/batch.h"

namespace elbow {

/// Takes examples through their latents and back.
class Reconstructor {
 public:
  virtual ~Reconstructor() = default;
  /// Means of p(x | z) at the posterior locations. @return [N, event...]
  virtual Tensor reconstruct(const Batch& batch) = 0;
};

}  // namespace elbow
