#pragma once

#include <optional>

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Covariance of a vector in closed form, [batch..., L, L]: of normals and of independent units.
/// Infinite or NaN where a second moment is. Nothing for other distributions, of which only the
/// variance of each unit may be known.
std::optional<Tensor> covariance(const Distribution& p);

}  // namespace elbow
