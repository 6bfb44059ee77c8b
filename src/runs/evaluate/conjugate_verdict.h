#pragma once

#include <vector>

#include "elbow/runs/evaluate/judge.h"

namespace elbow {

/// What the end of a fit in closed form says against it: that the bound of whole passes was still
/// rising when they were over, or that steps on minibatches ended below the start.
std::vector<Finding> judge_closed_form(const EndOfTraining& training);

}  // namespace elbow
