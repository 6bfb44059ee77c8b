#pragma once

#include <cmath>

#include "cli/trainer/verbs_trainer.h"

namespace elbow::cli {

/// sample --posterior: a file for each chain, or one for all.
int sample_posterior(const CommandLine& line, TrainedRun& run);

/// Of NUTS; a number that no path reaches for other fits.
std::int64_t max_depth_of(const TrainedRun& run);

/// A number as JSON knows it: null where it is not finite.
inline Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace elbow::cli
