#pragma once

#include <string>
#include <vector>

#include "elbow/core/config_node.h"

namespace elbow {

/// Columns of a bound that is a differentiable function of K sampled log-weights alone. Sticking
/// the landing leaves out a score term that has mean zero for the ELBO only.
/// @param more estimators that hold for this one beside the usual
Json sampled_bound_properties(const std::vector<std::string>& more = {});

/// Columns of what gives the guide coefficients of grad log q instead of a bound: estimates from
/// self-normalised weights, so that none is unbiased.
Json coefficient_properties();

}  // namespace elbow
