#pragma once

#include "elbow/inference/guides/guide.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/neural/conditional/posterior.h"

namespace elbow {

struct RefinementOptions {
  std::int64_t steps = 0;  ///< of Adam; 0: the encoder's answer stands
  double learning_rate = 0.01;
  std::int64_t particles = 4;  ///< draws per example and step
  std::uint64_t seed = 1;
};

/// q(z | x) whose parameters begin at the encoder's and maximise each example's own ELBO: closes
/// part of the amortisation gap. Kim, Wiseman, Miller, Sontag, Rush, "Semi-Amortized Variational
/// Autoencoders", 2018, arXiv:1802.02550, section 3.
///
/// Noise is keyed by (example, step), and Adam acts number by number: an example's answer does not
/// depend on the others of its batch. @return batch shape [B]
DistributionPtr refine(GenerativeModel& model,
                       Posterior& posterior,
                       const Batch& batch,
                       const RefinementOptions& options);

/// @throws UsageError: there is no encoder whose answer could be refined
[[noreturn]] void refuse_to_refine();

/// The q(z | x) that an evaluation uses: the guide's, refined where `options` ask for steps.
/// @throws UsageError where there is no encoder whose answer could be refined
DistributionPtr posterior_of(GenerativeModel& model,
                             Guide& guide,
                             const Batch& batch,
                             const RefinementOptions& options);

}  // namespace elbow
