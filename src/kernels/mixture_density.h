#pragma once

#include "kernel_table.h"
#include "simd_math.h"

// Log densities and responsibilities of one block of rows, with a vector's lanes over rows.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

// A step of the quadratic form: kFactorRows rows of U times kStepVectors vectors of data rows, all
// sums in registers.
constexpr int kFactorRows = 4;
constexpr int kStepVectors = kRegisters == 32 ? 4 : 2;
constexpr int kStepRows = kStepVectors * kLanes;

constexpr std::int64_t round_up(std::int64_t count, std::int64_t unit) {
  return (count + unit - 1) / unit * unit;
}

/// U in bands of kFactorRows rows, from the band's first column on; within a band column by column.
/// What lies below the diagonal, and rows beyond D, are zero.
ELBOW_INLINE std::int64_t packed_triangle_size(std::int64_t num_features) {
  std::int64_t size = 0;
  for (std::int64_t i = 0; i < num_features; i += kFactorRows)
    size += (num_features - i) * kFactorRows;
  return size;
}

inline void mixture_pack(const MixtureLayout& layout,
                         std::int64_t num_features,
                         bool is_diagonal,
                         const double* factor,
                         double* packed) {
  if (is_diagonal) {
    for (std::int64_t i = 0; i < layout.packed_factors; ++i) packed[i] = factor[i];
    return;
  }
  for (std::int64_t band = 0; band < num_features; band += kFactorRows) {
    for (std::int64_t j = band; j < num_features; ++j) {
      for (std::int64_t i = band; i < band + kFactorRows; ++i) {
        *packed++ = i <= j && i < num_features ? factor[i * num_features + j] : 0.0;
      }
    }
  }
}

/// |U d|^2 of kStepRows rows; d is [D, kStepRows].
ELBOW_INLINE void full_quadratic(const double* packed,
                                 const double* difference,
                                 std::int64_t num_features,
                                 Vec (&quadratic)[kStepVectors]) {
  for (int v = 0; v < kStepVectors; ++v) quadratic[v] = Vec{};
  for (std::int64_t band = 0; band < num_features; band += kFactorRows) {
    Vec products[kFactorRows][kStepVectors] = {};
    for (std::int64_t j = band; j < num_features; ++j, packed += kFactorRows) {
      Vec columns[kStepVectors];
      for (int v = 0; v < kStepVectors; ++v)
        columns[v] = load(difference + j * kStepRows + v * kLanes);
      for (int i = 0; i < kFactorRows; ++i) {
        const Vec factor = broadcast(packed[i]);
        for (int v = 0; v < kStepVectors; ++v) products[i][v] += factor * columns[v];
      }
    }
    for (int i = 0; i < kFactorRows; ++i) {
      for (int v = 0; v < kStepVectors; ++v) quadratic[v] += products[i][v] * products[i][v];
    }
  }
}

/// sum_j (s_j (x_j - m_j))^2 of kStepRows rows; x is [D, block_rows].
ELBOW_INLINE void diagonal_quadratic(const double* scales,
                                     const double* mean,
                                     const double* x,
                                     std::int64_t x_stride,
                                     std::int64_t num_features,
                                     Vec (&quadratic)[kStepVectors]) {
  for (int v = 0; v < kStepVectors; ++v) quadratic[v] = Vec{};
  for (std::int64_t j = 0; j < num_features; ++j) {
    for (int v = 0; v < kStepVectors; ++v) {
      const Vec scaled = (load(x + j * x_stride + v * kLanes) - mean[j]) * scales[j];
      quadratic[v] += scaled * scaled;
    }
  }
}

/// log_weight - quadratic / 2 of one component for the whole block: logits is [block_rows], x [D,
/// block_rows].
inline void component_logits(const MixtureBlock& block,
                             std::int64_t component,
                             const double* x,
                             double* difference,
                             double* logits) {
  const std::int64_t rows = block.layout->block_rows, d = block.num_features;
  const double* const packed = block.packed_factors + component * block.layout->packed_factors;
  const double* const mean = block.means + component * d;
  for (std::int64_t row = 0; row < block.num_rows; row += kStepRows) {
    Vec quadratic[kStepVectors];
    if (block.is_diagonal) {
      diagonal_quadratic(packed, mean, x + row, rows, d, quadratic);
    } else {
      for (std::int64_t j = 0; j < d; ++j) {
        for (int v = 0; v < kStepVectors; ++v) {
          store(difference + j * kStepRows + v * kLanes,
                load(x + j * rows + row + v * kLanes) - mean[j]);
        }
      }
      full_quadratic(packed, difference, d, quadratic);
    }
    for (int v = 0; v < kStepVectors; ++v) {
      store(logits + row + v * kLanes, block.log_weights[component] - quadratic[v] * 0.5);
    }
  }
}

/// Turns logits [K, block_rows] into responsibilities for kLanes rows. A row whose logits are all
/// -inf gives NaN. Returns the log normalisers; adds sum_k -r log r to entropy, where 0 log 0 = 0.
ELBOW_INLINE Vec normalise_rows(double* logits,
                                std::int64_t stride,
                                std::int64_t num_components,
                                Vec& entropy) {
  Vec top = load(logits);
  for (std::int64_t k = 1; k < num_components; ++k) top = larger(load(logits + k * stride), top);
  Vec sum{}, weighted{};
  for (std::int64_t k = 0; k < num_components; ++k) {
    const Vec offset = load(logits + k * stride) - top;
    const Vec weight = exp(offset);
    store(logits + k * stride, weight);
    sum += weight;
    weighted += weight > 0.0 ? weight * offset : Vec{};
  }
  const Vec inverse = 1.0 / sum, log_sum = log(sum);
  for (std::int64_t k = 0; k < num_components; ++k) {
    store(logits + k * stride, load(logits + k * stride) * inverse);
  }
  // -sum_k r_k (offset_k - log sum) with sum_k r_k = 1.
  entropy = log_sum - weighted * inverse;
  return top + log_sum;
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
