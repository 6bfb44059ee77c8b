#pragma once

#include <vector>

#include "elbow/evaluate/verdict.h"
#include "elbow/inference/conjugate_vi.h"

namespace elbow {

/// What the end of a fit in closed form says against it: that the bound of whole passes was still
/// rising when they were over, or that steps on minibatches ended below the start.
/// @param start, end of bound_on_some(); null where unknown
std::vector<Finding> judge_closed_form(const ConfigNode& config,
                                       const ConjugateVi& inference,
                                       const Json& start,
                                       const Json& end);

}  // namespace elbow
