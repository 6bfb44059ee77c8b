#pragma once

#include "cli/trainer/verbs_trainer.h"

namespace elbow::cli {

/// sample --posterior: a file for each chain, or one for all.
int sample_posterior(const CommandLine& line, TrainedRun& run);

/// Of NUTS; a number that no path reaches for other fits.
std::int64_t max_depth_of(const ResolvedConfig& config);

}  // namespace elbow::cli
