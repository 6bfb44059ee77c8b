#pragma once

#include "elbow/models/generative/trace.h"
#include "elbow/probability/distributions/bernoulli.h"

namespace elbow {

/// A vector of independent Bernoulli variables. @throws std::logic_error naming what it is instead
const Bernoulli& as_bernoulli(const Distribution& distribution);

/// How many values a distribution of discrete vectors can take. @throws std::logic_error when it is
/// none that can be listed
double support_size(const Distribution& distribution);

/// Listed values [S, B, L] where some of a batch know theirs: there it stands each time.
Tensor with_known(const Distribution& distribution, const Tensor& values);
/// ln of the masses of listed values, [S, B]: q of each, and equal ones where all are the known
/// one. @param size how many values are listed
Tensor log_masses(const Site& site, double size);

/// All of them, [S, L].
Tensor support_of(const Distribution& distribution, const at::TensorOptions& options);

}  // namespace elbow
