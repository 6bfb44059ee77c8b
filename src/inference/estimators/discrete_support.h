#pragma once

#include "elbow/probability/distributions/bernoulli.h"

namespace elbow {

/// A vector of independent Bernoulli variables. @throws std::logic_error naming what it is instead
const Bernoulli& as_bernoulli(const Distribution& distribution);

/// How many values a distribution of discrete vectors can take. @throws std::logic_error when it is
/// none that can be listed
double support_size(const Distribution& distribution);

/// All of them, [S, L].
Tensor support_of(const Distribution& distribution, const at::TensorOptions& options);

}  // namespace elbow
