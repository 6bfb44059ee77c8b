#pragma once

#include "elbow/kernels/transpose.h"
#include "simd_transpose.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// One square of vectors.
template <class Real>
ELBOW_INLINE void transpose_square(const Transpose<Real>& pass, std::int64_t row, std::int64_t c) {
  VecOf<Real> square[kLanesOf<Real>];
  for (int i = 0; i < kLanesOf<Real>; ++i)
    square[i] = load_of<Real>(pass.from + (row + i) * pass.cols + c);
  transpose<Real>(square);
  for (int i = 0; i < kLanesOf<Real>; ++i)
    store_of<Real>(pass.to + (c + i) * pass.rows + row, square[i]);
}

template <class Real>
inline void transpose_few(const Transpose<Real>& pass,
                          std::int64_t first_row,
                          std::int64_t end_row,
                          std::int64_t first,
                          std::int64_t end) {
  for (std::int64_t c = first; c < end; ++c)
    for (std::int64_t row = first_row; row < end_row; ++row)
      pass.to[c * pass.rows + row] = pass.from[row * pass.cols + c];
}

/// The columns from `first` to `end`.
template <class Real>
void transpose_columns(const Transpose<Real>& pass, std::int64_t first, std::int64_t end) {
  constexpr std::int64_t kSide = kLanesOf<Real>;
  std::int64_t c = first;
  for (; c + kSide <= end; c += kSide) {
    std::int64_t row = 0;
    for (; row + kSide <= pass.rows; row += kSide) transpose_square<Real>(pass, row, c);
    transpose_few<Real>(pass, row, pass.rows, c, c + kSide);
  }
  transpose_few<Real>(pass, 0, pass.rows, c, end);
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
