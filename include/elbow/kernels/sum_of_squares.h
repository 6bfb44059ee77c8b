#pragma once

#include <cstdint>

namespace elbow::kernels {

/// The sum of the squares of `count` numbers, in float64; float or double. Not finite where one of
/// them is not, or where the squares of float64 numbers overflow. Summed by blocks of fixed length,
/// so that the number of threads does not change it.
template <class Real>
double sum_of_squares(const Real* x, std::int64_t count);

}  // namespace elbow::kernels
