#pragma once

#include <vector>

#include "elbow/inference/methods/svgd.h"
#include "elbow/runs/evaluate/posterior_draws.h"
#include "elbow/runs/evaluate/verdict.h"

namespace elbow {

/// What the end of a descent says of its particles: whether their spread accounts for the latents'
/// dimensions, and if not, whether more of it could be had from this kernel.
std::vector<Finding> judge_spread(const Svgd& svgd);

/// What the end says of chains: whether they moved, reached all of the posterior, and agree.
/// @param inference the section of the configuration
std::vector<Finding> judge_chains(const LatentDraws& draws, const ConfigNode& inference);

}  // namespace elbow
