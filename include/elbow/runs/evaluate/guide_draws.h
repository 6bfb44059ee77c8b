#pragma once

#include "elbow/inference/methods/experiment.h"
#include "elbow/runs/evaluate/posterior_draws.h"

namespace elbow {

/// Independent draws of a guide's latents, which belong to no example. @param count 0: 4,000
LatentDraws draws_of_guide(const Modules& modules, std::int64_t count, std::uint64_t seed);

/// ln p(responses, weights) - ln q(weights) of 1,000 draws of the weights that all training
/// examples share, [S] float64: what a bound and its diagnosis are made of.
Tensor log_weights_of_responses(const TrainedRun& run, const Dataset& dataset);

}  // namespace elbow
