#pragma once

#include "elbow/data/dataset/batch.h"
#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow {

/// Says of examples what their latents are.
class Encoder {
 public:
  virtual ~Encoder() = default;
  /// q(z | x) in named parts, [B, width...] each; none where a model has nothing local.
  virtual Encoding encode(const Batch& batch) = 0;
  /// L, where each part says a number of each of L latent units; 0 where parts have widths of their
  /// own.
  virtual std::int64_t num_units() const = 0;
};

}  // namespace elbow
