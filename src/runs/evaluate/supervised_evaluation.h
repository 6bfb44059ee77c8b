#pragma once

#include "elbow/runs/evaluate/evaluation.h"

namespace elbow {

/// Fills in what a model of a response says of a split: the log density of the responses under the
/// even mixture over draws of the weights, and the root mean squared error of its mean, in the unit
/// of the data; for data sets side by side of each, with mean and standard error over them.
void evaluate_supervised(TrainedRun& run,
                         const EvaluationOptions& options,
                         const Dataset& dataset,
                         const std::string& split,
                         Evaluation& out);

}  // namespace elbow
