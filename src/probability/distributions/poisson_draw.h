#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// log of the mass of a count by the logarithm of the rate, both float64 and broadcastable.
/// @param count 0, 1, 2, ...
Tensor poisson_log_mass(const Tensor& log_rate, const Tensor& count);

/// Where a value is none of 0, 1, 2, ..., which NaN is not either.
Tensor is_no_count(const Tensor& value);

/// Poisson draws without gradient, in the dtype of the parameter. Rates below 10 by inversion of
/// one uniform number; others by transformed rejection (Hoermann, "The transformed rejection method
/// for generating Poisson random variables", 1993, algorithm PTRS) of a fixed number of proposals,
/// so that a draw depends neither on the batch nor on what others needed. None is accepted with
/// probability below 1e-12; the mean rounded down then stands in.
///
/// @param log_rate broadcastable to `shape`
Tensor poisson_draw(const Tensor& log_rate, const Shape& shape, RandomSource& source);

}  // namespace elbow
