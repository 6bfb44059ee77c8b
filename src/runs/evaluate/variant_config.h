#pragma once

#include <string>
#include <vector>

#include "elbow/foundations/config/loader.h"
#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

/// @throws UsageError for an override of anything but the objective and the estimator
void need_inner_override(const std::string& text);

/// Whether training drew latents of the run by relaxations.
bool relaxes_latents(const TrainedRun& run);

/// The run's configuration with these overrides; without its relaxations where the estimator is one
/// of hard draws, which refuses them and needs none. @throws ConfigError
ResolvedConfig load_variant(const TrainedRun& run,
                            std::vector<std::string> overrides,
                            const Schema& schema);

}  // namespace elbow
