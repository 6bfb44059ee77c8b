#pragma once

#include "elbow/inference/methods/experiment.h"
#include "elbow/runs/evaluate/posterior_draws.h"

namespace elbow {

/// Independent draws of a guide's latents, which belong to no example. @param count 0: 4,000
LatentDraws draws_of_guide(const Modules& modules, std::int64_t count, std::uint64_t seed);

}  // namespace elbow
