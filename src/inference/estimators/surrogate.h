#pragma once

#include "elbow/inference/estimators/gradient_estimator.h"

namespace elbow {

/// Masses of particles drawn by strata; undefined for equal ones.
Tensor log_masses_of(const Trace& guide);

/// The surrogate of a bound that is differentiated as it stands: one loss, or two where model and
/// guide maximise different bounds of the same weights.
/// @param source of draws that the objective makes itself
Surrogate surrogate_of(const Objective& objective,
                       const Trace& model,
                       const Trace& guide,
                       RandomSource& source);

/// Terms whose bound has been found already. @param bound [B]
BoundTerms terms_with(const Objective& objective,
                      const Trace& model,
                      const Trace& guide,
                      const Tensor& bound);

/// Adds the sleep phase to a guide's loss, where the objective has one.
/// @param num_draws draws of the model
void add_sleep(Surrogate& surrogate,
               const Objective& objective,
               Proposals& proposals,
               std::int64_t num_draws);

}  // namespace elbow
