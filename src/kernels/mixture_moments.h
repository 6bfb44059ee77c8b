#pragma once

#include "mixture_density.h"

// Weighted moments of one block of rows: a product of two matrices, responsibilities^T [K, rows]
// times the rows' moments [rows, P] with P = 1 + D + D (D + 1) / 2 (full) or 1 + 2 D (diagonal), so
// that counts, sums and outer products are one.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

// A tile of sums in registers: kMomentComponents components times up to kMomentVectors vectors of
// moments.
constexpr int kMomentComponents = 4;
constexpr int kMomentVectors = kRegisters == 32 ? 5 : 3;

/// out = (1, x, x_i x_j for j >= i row by row), or (1, x, x^2). `x` has a vector of zeros behind
/// it; `out` one of slack: each piece may write beyond its end, where the next one begins.
ELBOW_INLINE void fill_moments(const double* x,
                               std::int64_t num_features,
                               bool is_diagonal,
                               double* out) {
  out[0] = 1.0;
  for (std::int64_t j = 0; j < num_features; j += kLanes) store(out + 1 + j, load(x + j));
  out += 1 + num_features;
  if (is_diagonal) {
    for (std::int64_t j = 0; j < num_features; j += kLanes)
      store(out + j, load(x + j) * load(x + j));
    return;
  }
  for (std::int64_t i = 0; i < num_features; ++i) {
    const Vec factor = broadcast(x[i]);
    for (std::int64_t j = i; j < num_features; j += kLanes)
      store(out + j - i, factor * load(x + j));
    out += num_features - i;
  }
}

/// sums[i, :] += sum_rows weights[i, row] moments[row, :] for kMomentComponents components and
/// kCount vectors.
template <int kCount>
ELBOW_INLINE void add_moments(const double* weights,
                              std::int64_t weights_stride,
                              const double* moments,
                              std::int64_t moments_stride,
                              std::int64_t num_rows,
                              double* sums) {
  Vec tile[kMomentComponents][kCount] = {};
  for (std::int64_t row = 0; row < num_rows; ++row) {
    Vec columns[kCount];
    for (int c = 0; c < kCount; ++c) columns[c] = load(moments + row * moments_stride + c * kLanes);
    for (int i = 0; i < kMomentComponents; ++i) {
      const Vec weight = broadcast(weights[i * weights_stride + row]);
      for (int c = 0; c < kCount; ++c) tile[i][c] += weight * columns[c];
    }
  }
  for (int i = 0; i < kMomentComponents; ++i) {
    for (int c = 0; c < kCount; ++c) {
      double* const place = sums + i * moments_stride + c * kLanes;
      store(place, load(place) + tile[i][c]);
    }
  }
}

inline void add_block_moments(const MixtureBlock& block,
                              const double* weights,
                              const double* moments) {
  const std::int64_t rows = block.layout->block_rows, size = block.layout->padded_moments;
  for (std::int64_t column = 0; column < size; column += kMomentVectors * kLanes) {
    for (std::int64_t k = 0; k < block.layout->padded_k; k += kMomentComponents) {
      const double* const w = weights + k * rows;
      double* const sums = block.moments + k * size + column;
      const double* const m = moments + column;
      switch ((size - column) / kLanes) {
        case 1:
          add_moments<1>(w, rows, m, size, block.num_rows, sums);
          break;
        case 2:
          add_moments<2>(w, rows, m, size, block.num_rows, sums);
          break;
#if defined(__AVX512F__)
        case 3:
          add_moments<3>(w, rows, m, size, block.num_rows, sums);
          break;
        case 4:
          add_moments<4>(w, rows, m, size, block.num_rows, sums);
          break;
#endif
        default:
          add_moments<kMomentVectors>(w, rows, m, size, block.num_rows, sums);
      }
    }
  }
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
