#pragma once

#include "elbow/foundations/core/traits/fitting.h"

namespace elbow {

/// What rules know of a way to fit.
struct InferenceTraits {
  static constexpr const char* kKind = "inference";

  Fitting fitting = Fitting::gradient;
  bool takes_guide = true;         ///< and, unless it says otherwise, what it is fitted by:
  bool takes_objective = true;     ///< an objective and an estimator of its gradient
  bool takes_optimizer = true;     ///< what is done with a gradient
  bool counts_iterations = false;  ///< its own num_warmup and num_draws, or max_steps, are the end
  bool takes_minibatches = true;   ///< a step needs no more than some examples
  bool needs_shared_latents = false;  ///< all latents belong to all examples together

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("fitting", self.fitting);
    visit("takes_guide", self.takes_guide);
    visit("takes_objective", self.takes_objective);
    visit("takes_optimizer", self.takes_optimizer);
    visit("counts_iterations", self.counts_iterations);
    visit("takes_minibatches", self.takes_minibatches);
    visit("needs_shared_latents", self.needs_shared_latents);
  }
};

}  // namespace elbow
