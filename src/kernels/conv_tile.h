#pragma once

#include "kernel_table.h"
#include "simd.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

// A tile of the result is so many rows of two vectors each: with one number of the left matrix and
// two vectors of the right one it fills the registers.
constexpr int kTileRows = kRegisters == 32 ? 12 : 6;

template <typename T>
struct Panel {
  static constexpr int kLength = kVectorBytes / static_cast<int>(sizeof(T));
  static constexpr int kWidth = 2 * kLength;
  using Vector __attribute__((vector_size(kVectorBytes))) = T;
  using Unaligned __attribute__((vector_size(kVectorBytes), aligned(sizeof(T)), may_alias)) = T;

  static ELBOW_INLINE Vector get(const T* p) { return *reinterpret_cast<const Unaligned*>(p); }
  static ELBOW_INLINE void put(T* p, Vector v) { *reinterpret_cast<Unaligned*>(p) = v; }
};

/// Numbers of a row of the result that come from one panel, ready to be stored.
template <typename T>
ELBOW_INLINE void finish_row(const ConvRows<T>& product,
                             std::int64_t row,
                             std::int64_t column,
                             typename Panel<T>::Vector low,
                             typename Panel<T>::Vector high) {
  using P = Panel<T>;
  T values[P::kWidth];
  P::put(values, low);
  P::put(values + P::kLength, high);
  const std::int64_t left = product.num_columns - column;
  const std::int64_t width = left < P::kWidth ? left : P::kWidth;
  T* const out = product.out + row * product.num_columns + column;
  for (std::int64_t j = 0; j < width; ++j) {
    T value = values[j];
    if (product.bias != nullptr) value += product.bias[column + j];
    // NaN stays.
    out[j] = product.has_relu && value < 0 ? T(0) : value;
  }
}

/// The tile of multiply_rows at `row` and `column`. Not inlined: with the registers of the loops
/// around it the compiler would have too few.
template <typename T>
__attribute__((noinline)) void multiply_tile(const ConvRows<T>& product,
                                             std::int64_t row,
                                             std::int64_t column,
                                             const T* right) {
  using P = Panel<T>;
  const std::int64_t last = product.num_rows - 1;
  const T* rows[kTileRows];
  typename P::Vector low[kTileRows], high[kTileRows];
#pragma GCC unroll 12
  for (int r = 0; r < kTileRows; ++r) {
    // Rows past the end repeat the last one and are not stored.
    rows[r] = product.left + product.row_offsets[row + r < last ? row + r : last];
    low[r] = high[r] = typename P::Vector{};
  }
  for (std::int64_t s = 0; s < product.num_segments; ++s) {
    const std::int64_t begin = s * product.segment_stride, end = begin + product.segment_size;
    for (std::int64_t j = begin; j < end; ++j, right += P::kWidth) {
      const typename P::Vector a = P::get(right), b = P::get(right + P::kLength);
#pragma GCC unroll 12
      for (int r = 0; r < kTileRows; ++r) {
        const T value = rows[r][j];
        low[r] += value * a;
        high[r] += value * b;
      }
    }
  }
  for (int r = 0; r < kTileRows && row + r <= last; ++r)
    finish_row(product, row + r, column, low[r], high[r]);
}

template <typename T>
void multiply_rows_of(const ConvRows<T>& product) {
  using P = Panel<T>;
  const std::int64_t depth = product.num_segments * product.segment_size;
  const T* right = product.right;
  for (std::int64_t column = 0; column < product.num_columns; column += P::kWidth) {
    for (std::int64_t row = 0; row < product.num_rows; row += kTileRows)
      multiply_tile(product, row, column, right);
    right += depth * P::kWidth;
  }
}

/// Copies a panel of the right matrix [num_rows, num_right] to scratch, zeros past its last column.
template <typename T>
ELBOW_INLINE void copy_panel(const ConvSum<T>& product, std::int64_t column) {
  using P = Panel<T>;
  const std::int64_t left = product.num_right - column;
  T* to = product.scratch;
  for (std::int64_t i = 0; i < product.num_rows; ++i, to += P::kWidth) {
    const T* const from = product.right + i * product.num_right + column;
    if (left >= P::kWidth) {
      P::put(to, P::get(from));
      P::put(to + P::kLength, P::get(from + P::kLength));
    } else {
      for (std::int64_t j = 0; j < P::kWidth; ++j) to[j] = j < left ? from[j] : T(0);
    }
  }
}

/// One tile of add_products: the sums of kTileRows columns of the left matrix.
template <typename T>
__attribute__((noinline)) void add_tile(const ConvSum<T>& product,
                                        std::int64_t first,
                                        T* sum,
                                        std::int64_t stride) {
  using P = Panel<T>;
  std::int64_t offsets[kTileRows];
  typename P::Vector low[kTileRows], high[kTileRows];
#pragma GCC unroll 12
  for (int r = 0; r < kTileRows; ++r) {
    const std::int64_t k = first + r < product.num_left ? first + r : product.num_left - 1;
    offsets[r] = product.column_offsets[k];
    low[r] = P::get(sum + k * stride);
    high[r] = P::get(sum + k * stride + P::kLength);
  }
  const T* right = product.scratch;
  for (std::int64_t i = 0; i < product.num_rows; ++i, right += P::kWidth) {
    const T* const left = product.left + product.row_offsets[i];
    const typename P::Vector a = P::get(right), b = P::get(right + P::kLength);
#pragma GCC unroll 12
    for (int r = 0; r < kTileRows; ++r) {
      const T value = left[offsets[r]];
      low[r] += value * a;
      high[r] += value * b;
    }
  }
  for (int r = 0; r < kTileRows && first + r < product.num_left; ++r) {
    P::put(sum + (first + r) * stride, low[r]);
    P::put(sum + (first + r) * stride + P::kLength, high[r]);
  }
}

template <typename T>
void add_products_of(const ConvSum<T>& product) {
  using P = Panel<T>;
  const std::int64_t stride = (product.num_right + P::kWidth - 1) / P::kWidth * P::kWidth;
  for (std::int64_t column = 0; column < product.num_right; column += P::kWidth) {
    copy_panel(product, column);
    for (std::int64_t first = 0; first < product.num_left; first += kTileRows)
      add_tile(product, first, product.sum + column, stride);
  }
}

template <typename T>
void mask_slope_of(const ConvMask<T>& mask) {
  const T* __restrict const values = mask.values;
  const T* __restrict const slope = mask.slope;
  T* __restrict const masked = mask.masked;
  for (std::int64_t i = 0; i < mask.size; ++i) {
    const T kept = slope[i];
    masked[i] = values[i] <= 0 ? T(0) : kept;
  }
}

template <typename T>
void add_columns_of(const ConvColumnSum<T>& columns) {
  T* __restrict const sum = columns.sum;
  const T* __restrict values = columns.values;
  for (std::int64_t i = 0; i < columns.num_rows; ++i, values += columns.num_columns)
    for (std::int64_t j = 0; j < columns.num_columns; ++j) sum[j] += values[j];
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
