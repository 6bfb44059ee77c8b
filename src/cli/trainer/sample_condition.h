#pragma once

#include <string>

#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/evaluate/trained_run.h"

namespace elbow::cli {

/// Reads what draws are given, "label=7,library_size=2000" or "age=40,dose=2", in the names and
/// units of the training data. Covariates that it does not name are at their means.
/// @throws UsageError naming what the run knows
void read_condition(const std::string& text, const TrainedRun& run, SampleOptions& options);

}  // namespace elbow::cli
