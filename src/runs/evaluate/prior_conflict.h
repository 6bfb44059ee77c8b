#pragma once

#include <vector>

#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/runs/evaluate/verdict.h"

namespace elbow {

/// Finds columns that lie where the model's prior on their means does not expect them, so that the
/// prior pulls at the fit: a prior at 0 and columns at 1e6.
void judge_location_prior(const ConjugateModel& model,
                          const Dataset& dataset,
                          std::uint64_t seed,
                          std::vector<Finding>& out);

}  // namespace elbow
