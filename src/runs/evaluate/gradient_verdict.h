#pragma once

#include <vector>

#include "elbow/runs/evaluate/judge.h"

namespace elbow {

/// What the end of a fit by gradients says against it: the bound, units that say nothing, scales at
/// their limits, columns that are far from what networks are made for.
/// @param has_posteriors whether q(z | x) is of each example
std::vector<Finding> judge_gradient_fit(const EndOfTraining& training,
                                        const Modules& modules,
                                        bool has_posteriors);

}  // namespace elbow
