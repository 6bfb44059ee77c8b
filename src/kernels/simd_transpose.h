#pragma once

#include "simd_real.h"

// Rows in memory to vectors with a row in each lane, and back.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// a0 b0 a1 b1 ... of the first halves, and of the second.
template <class Real>
ELBOW_INLINE VecOf<Real> interleave_low(VecOf<Real> a, VecOf<Real> b) {
  if constexpr (kLanesOf<Real> == 16)
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  else if constexpr (kLanesOf<Real> == 8)
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  else if constexpr (kLanesOf<Real> == 4)
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
  else
    return __builtin_shufflevector(a, b, 0, 2);
}
template <class Real>
ELBOW_INLINE VecOf<Real> interleave_high(VecOf<Real> a, VecOf<Real> b) {
  if constexpr (kLanesOf<Real> == 16)
    return __builtin_shufflevector(
        a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  else if constexpr (kLanesOf<Real> == 8)
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  else if constexpr (kLanesOf<Real> == 4)
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
  else
    return __builtin_shufflevector(a, b, 1, 3);
}

/// The elements with an even index of a and then b, and those with an odd one.
template <class Real>
ELBOW_INLINE VecOf<Real> even_of(VecOf<Real> a, VecOf<Real> b) {
  if constexpr (kLanesOf<Real> == 16)
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  else if constexpr (kLanesOf<Real> == 8)
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  else if constexpr (kLanesOf<Real> == 4)
    return __builtin_shufflevector(a, b, 0, 2, 4, 6);
  else
    return __builtin_shufflevector(a, b, 0, 2);
}
template <class Real>
ELBOW_INLINE VecOf<Real> odd_of(VecOf<Real> a, VecOf<Real> b) {
  if constexpr (kLanesOf<Real> == 16)
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  else if constexpr (kLanesOf<Real> == 8)
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  else if constexpr (kLanesOf<Real> == 4)
    return __builtin_shufflevector(a, b, 1, 3, 5, 7);
  else
    return __builtin_shufflevector(a, b, 1, 3);
}

/// Transposes a square of vectors: each interleaving turns the bits of (row, lane) by one place.
template <class Real>
ELBOW_INLINE void transpose(VecOf<Real> (&rows)[kLanesOf<Real>]) {
  constexpr int kSide = kLanesOf<Real>;
  for (int stage = 1; stage < kSide; stage *= 2) {
    VecOf<Real> next[kSide];
    for (int i = 0; i < kSide / 2; ++i) {
      next[2 * i] = interleave_low<Real>(rows[i], rows[i + kSide / 2]);
      next[2 * i + 1] = interleave_high<Real>(rows[i], rows[i + kSide / 2]);
    }
    for (int i = 0; i < kSide; ++i) rows[i] = next[i];
  }
}

/// One vector of each column: out[d * step * lanes] holds column d of the rows; lanes from `count`
/// on are 0. @param stride between rows @param step between columns of `out`, in vectors
template <class Real>
inline void load_columns(const Real* rows,
                         std::int64_t stride,
                         std::int64_t count,
                         std::int64_t size,
                         std::int64_t step,
                         Real* out) {
  constexpr int kSide = kLanesOf<Real>;
  std::int64_t d = 0;
  if (count >= kSide && size == 2 && stride == 2) {
    const VecOf<Real> a = load_of<Real>(rows), b = load_of<Real>(rows + kSide);
    store_of<Real>(out, even_of<Real>(a, b));
    store_of<Real>(out + step * kSide, odd_of<Real>(a, b));
    return;
  }
  if (count >= kSide)
    for (; d + kSide <= size; d += kSide) {
      VecOf<Real> tile[kSide];
      for (int i = 0; i < kSide; ++i) tile[i] = load_of<Real>(rows + i * stride + d);
      transpose<Real>(tile);
      for (int i = 0; i < kSide; ++i) store_of<Real>(out + (d + i) * step * kSide, tile[i]);
    }
  for (; d < size; ++d)
    for (std::int64_t i = 0; i < kSide; ++i)
      out[d * step * kSide + i] = i < count ? rows[i * stride + d] : Real(0);
}

/// The way back; lanes from `count` on are dropped.
template <class Real>
inline void store_columns(const Real* columns,
                          std::int64_t step,
                          std::int64_t count,
                          std::int64_t size,
                          std::int64_t stride,
                          Real* rows) {
  constexpr int kSide = kLanesOf<Real>;
  std::int64_t d = 0;
  if (count >= kSide && size == 2 && stride == 2) {
    const VecOf<Real> a = load_of<Real>(columns), b = load_of<Real>(columns + step * kSide);
    store_of<Real>(rows, interleave_low<Real>(a, b));
    store_of<Real>(rows + kSide, interleave_high<Real>(a, b));
    return;
  }
  if (count >= kSide)
    for (; d + kSide <= size; d += kSide) {
      VecOf<Real> tile[kSide];
      for (int i = 0; i < kSide; ++i) tile[i] = load_of<Real>(columns + (d + i) * step * kSide);
      transpose<Real>(tile);
      for (int i = 0; i < kSide; ++i) store_of<Real>(rows + i * stride + d, tile[i]);
    }
  const std::int64_t filled = count < kSide ? count : kSide;
  for (; d < size; ++d)
    for (std::int64_t i = 0; i < filled; ++i) rows[i * stride + d] = columns[d * step * kSide + i];
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
