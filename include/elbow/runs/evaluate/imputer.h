#pragma once

#include "elbow/data/dataset/batch.h"

namespace elbow {

struct ImputationOptions {
  std::int64_t num_samples = 1000;  ///< K, of the latents of each example
  std::int64_t num_draws = 0;       ///< completed examples to draw
  double mass = 0.9;                ///< of the central interval
  std::uint64_t seed = 1;
  /// Numbers are codes of classes: the most probable one stands for each, not the mean.
  bool are_classes = false;
};

/// What the model says of every number of some examples given those that were observed; M numbers
/// an example. In the model's units, float64 on the CPU. Of a number that was observed: nothing of
/// use.
struct Imputation {
  Tensor value;                             ///< [B, M] the mean, or the most probable class
  Tensor standard_deviation, lower, upper;  ///< [B, M]
  Tensor probability;                       ///< [B, M] of the class; undefined where there are none
  Tensor draws;                             ///< [N, B, M]; undefined for no draws
  Tensor effective_sample_size;             ///< [B] of the K samples
};

/// Says of examples with gaps what may stand in them.
class Imputer {
 public:
  virtual ~Imputer() = default;
  /// An example's answer does not depend on the others of its batch.
  virtual Imputation impute(const Batch& batch, const ImputationOptions& options) = 0;
};

}  // namespace elbow
