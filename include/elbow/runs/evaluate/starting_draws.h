#pragma once

#include "elbow/inference/particles/unconstrained_joint.h"
#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

/// Draws of another run's latents as points that chains can begin at.
/// @return unconstrained, [count, U] float64 @throws UsageError where the runs' latents differ
Tensor starting_draws(const TrainedRun& other, const UnconstrainedJoint& joint, std::int64_t count);

}  // namespace elbow
