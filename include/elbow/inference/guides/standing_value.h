#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// One value that a distribution can take, to stand for it where a network is given a latent: the
/// most probable class or bit of a discrete one, whose mean is no value of it; else the location.
/// @return [batch..., event...]
Tensor standing_value(const Distribution& q);

}  // namespace elbow
