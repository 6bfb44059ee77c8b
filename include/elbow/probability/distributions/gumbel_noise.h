#pragma once

#include "elbow/foundations/core/shape.h"
#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Standard Gumbel noise -log(-log u): the class whose log probability and noise have the largest
/// sum is a draw of the categorical distribution.
Tensor gumbel_noise(const Shape& shape, const at::TensorOptions& options, RandomSource& source);

/// Standard logistic noise, the difference of two of Gumbel's: a logit and its noise are positive
/// with the Bernoulli probability.
Tensor logistic_noise(const Shape& shape, const at::TensorOptions& options, RandomSource& source);

}  // namespace elbow
