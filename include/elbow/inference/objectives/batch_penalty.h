#pragma once

#include "elbow/inference/objectives/bound_terms.h"
#include "elbow/models/generative/trace.h"

namespace elbow {

/// The latents of one batch, as the model and the guide see them.
struct LatentBatch {
  const Trace& model;
  const Trace& guide;
  std::int64_t num_examples;  ///< N, of the data set that the batch was drawn from
  RandomSource* source;       ///< of draws of its own; null: LibTorch's default generator
};

/// A term over the latents of a batch that is no mean over examples: of the aggregated posterior
/// q(z) = (1/N) sum_n q(z | x_n), or a floor under the batch's mean KL. The mean of such terms over
/// micro-batches would be another objective, so a batch has to come in one piece.
class BatchPenalty {
 public:
  virtual ~BatchPenalty() = default;
  /// Makes the bound from the parts of the ELBO, and names further ones.
  virtual void apply(BoundTerms& terms, const LatentBatch& batch) const = 0;
};

}  // namespace elbow
