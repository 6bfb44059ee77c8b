#pragma once

#include <cstdint>
#include <vector>

#include "elbow/models/generative/generative_model.h"

namespace elbow {

/// Variance of each latent unit under the prior, [L]: the scale of what a unit can say. Where it
/// has no closed form it is that of draws, and where it is infinite the square of half the width
/// of the central 68 %, which is the variance of a normal. Empty for a target, which has no draws.
std::vector<double> prior_variances(GenerativeModel& model, std::uint64_t seed);

}  // namespace elbow
