#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// ln N(z; 0, I) of rows, one loop and one node of the graph.
/// @param value [..., L], contiguous, of a kind that takes_own_loops @return [...]
Tensor standard_log_density(const Tensor& value);

}  // namespace elbow
