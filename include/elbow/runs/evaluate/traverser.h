#pragma once

#include <cstdint>
#include <vector>

#include "elbow/data/dataset/batch.h"

namespace elbow {

/// Shows what single latents do to an example.
class Traverser {
 public:
  virtual ~Traverser() = default;
  /// Where the posterior of each example lies, [N, L]: units that vary most say most.
  virtual Tensor locations(const Batch& batch) = 0;
  /// For each unit a row of `steps` decodings, the unit going from -range to range, the others at
  /// `base` [L].
  virtual Tensor traverse(const Tensor& base,
                          const std::vector<std::int64_t>& units,
                          int steps,
                          double range) = 0;
};

}  // namespace elbow
