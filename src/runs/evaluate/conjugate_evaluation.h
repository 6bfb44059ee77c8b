#pragma once

#include <string>

#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/runs/evaluate/evaluation.h"

namespace elbow {

/// Bound and predictive density of a conjugate model, example by example, and what its global
/// factors say. The bound of an example is its own term plus 1/N of the global terms, N the
/// training examples.
void evaluate_conjugate(const ConjugateModel& model,
                        const Globals& globals,
                        const TrainedRun& run,
                        const Dataset& dataset,
                        const std::string& split,
                        std::int64_t batch_size,
                        Evaluation& out);

/// index, elbo, nll; nll is empty where the model has no closed form for it.
std::string closed_form_csv(const Evaluation& evaluation);

}  // namespace elbow
