#pragma once

#include "kernel_table.h"
#include "simd_functions.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// Widened to float64, of which the squares of all float32 numbers are far from the largest.
ELBOW_INLINE void add_squares(FloatVec v, Vec& low, Vec& high) {
  typedef float Half __attribute__((vector_size(kVectorBytes / 2)));
  Half halves[2];
  __builtin_memcpy(halves, &v, sizeof v);
  const Vec first = __builtin_convertvector(halves[0], Vec);
  const Vec second = __builtin_convertvector(halves[1], Vec);
  low = first * first + low;
  high = second * second + high;
}
ELBOW_INLINE void add_squares(Vec v, Vec& low, Vec&) { low = v * v + low; }

/// The sum of the squares: not finite where a number is not, or where float64 squares overflow.
template <class Real>
double sum_of_squares(const Real* x, std::int64_t count) {
  Vec sums[4] = {Vec{}, Vec{}, Vec{}, Vec{}};
  constexpr std::int64_t kLength = kLanesOf<Real>;
  std::int64_t i = 0;
  for (; i + 2 * kLength <= count; i += 2 * kLength) {
    add_squares(load_of<Real>(x + i), sums[0], sums[1]);
    add_squares(load_of<Real>(x + i + kLength), sums[2], sums[3]);
  }
  for (; i < count; i += kLength)
    add_squares(load_up_to<Real>(x + i, count - i, Real(0)), sums[0], sums[1]);
  return sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
