#pragma once

#include "elbow/models/generative/generative_model.h"
#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

/// Adds to the description of exported files what labels and covariates are called in the data, and
/// in which units.
/// @param arguments the conditions that the files take as arguments
void describe_conditions(const TrainedRun& run,
                         const std::vector<std::string>& arguments,
                         const GenerativeModel& model,
                         Json& out);

}  // namespace elbow
