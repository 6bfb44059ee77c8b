#pragma once

// Vectors of doubles by the compiler's vector extension. Included only by the sources that are
// compiled once for each instruction set (baseline.cpp, avx2.cpp, avx512.cpp), each with a
// namespace of its own in ELBOW_KERNEL_VARIANT. Those include no header with inline functions of
// the library: the linker could keep the copy that only a newer processor runs.

#include <cstdint>

#define ELBOW_INLINE inline __attribute__((always_inline))

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

#if defined(__AVX512F__)
constexpr int kLanes = 8;
constexpr int kRegisters = 32;
#elif defined(__AVX2__)
constexpr int kLanes = 4;
constexpr int kRegisters = 16;
#else
constexpr int kLanes = 2;
constexpr int kRegisters = 16;
#endif
constexpr int kVectorBytes = 8 * kLanes;

using Vec = double __attribute__((vector_size(kVectorBytes)));
using Bits = std::uint64_t __attribute__((vector_size(kVectorBytes)));
using UnalignedVec = double __attribute__((vector_size(kVectorBytes), aligned(8), may_alias));

ELBOW_INLINE Vec load(const double* p) { return *reinterpret_cast<const UnalignedVec*>(p); }
ELBOW_INLINE void store(double* p, Vec v) { *reinterpret_cast<UnalignedVec*>(p) = v; }
ELBOW_INLINE Vec broadcast(double value) { return value - Vec{}; }

ELBOW_INLINE Bits bits_of(Vec v) { return reinterpret_cast<Bits>(v); }
ELBOW_INLINE Vec from_bits(Bits b) { return reinterpret_cast<Vec>(b); }

/// Keep NaN of the first argument.
ELBOW_INLINE Vec at_least(Vec v, double low) { return v < low ? broadcast(low) : v; }
ELBOW_INLINE Vec at_most(Vec v, double high) { return v > high ? broadcast(high) : v; }
ELBOW_INLINE Vec larger(Vec a, Vec b) { return a > b ? a : b; }
ELBOW_INLINE Vec magnitude(Vec v) { return from_bits(bits_of(v) & 0x7fffffffffffffffULL); }

/// The first `count` lanes from memory, the others `filler`.
ELBOW_INLINE Vec load_partial(const double* p, std::int64_t count, double filler) {
  double lanes[kLanes];
  for (int i = 0; i < kLanes; ++i) lanes[i] = i < count ? p[i] : filler;
  return load(lanes);
}

ELBOW_INLINE void store_partial(double* p, Vec v, std::int64_t count) {
  double lanes[kLanes];
  store(lanes, v);
  for (int i = 0; i < kLanes && i < count; ++i) p[i] = lanes[i];
}

/// The sum of the lanes in index order of halves: lane i with lane i + kLanes / 2, and so on.
ELBOW_INLINE double sum_of_lanes(Vec v) {
  double lanes[kLanes];
  store(lanes, v);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

ELBOW_INLINE double largest_of_lanes(Vec v) {
  double best = v[0];
  for (int i = 1; i < kLanes; ++i) best = v[i] > best ? v[i] : best;
  return best;
}

#if defined(__AVX512F__)
ELBOW_INLINE Vec sum_neighbours(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14) +
         __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
}
ELBOW_INLINE Vec sum_pairs(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13) +
         __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}
ELBOW_INLINE Vec sum_halves(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) +
         __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}
/// Lane i of the result is the sum of the lanes of rows[i].
ELBOW_INLINE Vec sums_of_lanes(const Vec (&rows)[kLanes]) {
  const Vec low = sum_pairs(sum_neighbours(rows[0], rows[1]), sum_neighbours(rows[2], rows[3]));
  const Vec high = sum_pairs(sum_neighbours(rows[4], rows[5]), sum_neighbours(rows[6], rows[7]));
  return sum_halves(low, high);
}
#elif defined(__AVX2__)
ELBOW_INLINE Vec sum_neighbours(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 4, 2, 6) + __builtin_shufflevector(a, b, 1, 5, 3, 7);
}
ELBOW_INLINE Vec sums_of_lanes(const Vec (&rows)[kLanes]) {
  const Vec low = sum_neighbours(rows[0], rows[1]);
  const Vec high = sum_neighbours(rows[2], rows[3]);
  return __builtin_shufflevector(low, high, 0, 1, 4, 5) +
         __builtin_shufflevector(low, high, 2, 3, 6, 7);
}
#else
ELBOW_INLINE Vec sums_of_lanes(const Vec (&rows)[kLanes]) {
  return Vec{rows[0][0] + rows[0][1], rows[1][0] + rows[1][1]};
}
#endif

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
