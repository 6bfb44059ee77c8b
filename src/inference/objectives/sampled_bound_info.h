#pragma once

#include <string>
#include <vector>

#include "elbow/foundations/core/traits/objective_traits.h"

namespace elbow {

/// Traits of a bound that is a differentiable function of K sampled log-weights alone. Sticking
/// the landing leaves out a score term that has mean zero for the ELBO only.
/// @param more estimators that hold for this one beside the usual
ObjectiveTraits sampled_bound_traits(const std::vector<std::string>& more = {});

/// Traits of what gives the guide coefficients of grad log q instead of a bound: estimates from
/// self-normalised weights, so that none is unbiased.
ObjectiveTraits coefficient_traits();

}  // namespace elbow
