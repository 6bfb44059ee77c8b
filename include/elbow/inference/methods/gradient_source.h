#pragma once

#include "elbow/inference/methods/inference.h"

namespace elbow {

/// What computing a step's gradient says of the batch. 0-dim means over it, but kl_per_unit [L].
struct StepTerms {
  Tensor loss;  ///< whose gradient is in the buffer; the means below are of the objective
  Tensor elbo, reconstruction, kl, bound;
  Tensor kl_per_unit;  ///< undefined when the KL is no sum over units
  NamedTensors more;
};

/// The first half of a step: adds the gradient of a batch's loss to the parameters' gradients. What
/// is done with it (ParameterUpdate) does not depend on how it was come by: autograd, or a plan
/// made once and run again.
class GradientSource {
 public:
  virtual ~GradientSource() = default;
  /// Noise is keyed by the step of `clock` and by the number of the micro-batch.
  virtual StepTerms accumulate(const MicroBatches& micro_batches, const Clock& clock) = 0;
  /// The same of a batch in one piece, with the noise of a generator of its device.
  virtual StepTerms gradient_of(const Batch& batch, const at::Generator& noise) = 0;
  /// What the noise of a micro-batch is keyed by.
  virtual std::uint64_t noise_key(const Clock& clock, std::size_t micro_batch) const = 0;
  /// The same computation with the noise that it had, looking for what is not finite; {"first",
  /// ...} and {"terms", ...}. Moves running statistics.
  virtual Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) = 0;
  /// After a rollback: another stream of noise.
  virtual void set_seed_offset(std::int64_t offset) = 0;
};

}  // namespace elbow
