#pragma once

#include <cstdint>

// Matrix products for convolutions: a row of the left matrix need not lie in memory as one, but is
// read where an image with channels last and a border of zeros has it. On one thread; T is float or
// double.
namespace elbow::kernels {

/// out[i] = relu(left[i] right + bias). Row i of the left matrix is `num_segments` runs of
/// `segment_size` numbers; run s begins at left[row_offsets[i] + s * segment_stride].
template <typename T>
struct ConvRows {
  std::int64_t num_rows, num_segments, segment_size, segment_stride, num_columns;
  const T* left;
  const std::int64_t* row_offsets;  ///< [num_rows]
  const T* right;                   ///< by pack_columns
  const T* bias;                    ///< [num_columns] or null
  bool has_relu;
  T* out;  ///< [num_rows, num_columns], written
};

/// sum += left^T right, where left[i, k] = left[row_offsets[i] + column_offsets[k]].
template <typename T>
struct ConvSum {
  std::int64_t num_rows, num_left, num_right;
  const T* left;
  const std::int64_t* row_offsets;     ///< [num_rows]
  const std::int64_t* column_offsets;  ///< [num_left]
  const T* right;                      ///< [num_rows, num_right]
  T* scratch;                          ///< num_rows * panel_width
  T* sum;                              ///< [num_left, num_right rounded up to panel_width]
};

/// The gradient before a ReLU: masked[i] = slope[i] where values[i] is positive or NaN, else 0.
template <typename T>
struct ConvMask {
  std::int64_t size;
  const T* values;
  const T* slope;
  T* masked;
};

/// sum[j] += sum_i values[i, j].
template <typename T>
struct ConvColumnSum {
  std::int64_t num_rows, num_columns;
  const T* values;
  T* sum;
};

/// Columns of a right matrix that are worked on together.
std::int64_t panel_width(float);
std::int64_t panel_width(double);

/// The right matrix [num_rows, num_columns] of multiply_rows in panels, zeros where the last one is
/// not full: element (i, j) is right[i * row_stride + j * column_stride].
///
/// @param packed num_rows * (num_columns rounded up to panel_width), written
template <typename T>
void pack_columns(std::int64_t num_rows,
                  std::int64_t num_columns,
                  const T* right,
                  std::int64_t row_stride,
                  std::int64_t column_stride,
                  T* packed);

void multiply_rows(const ConvRows<float>& product);
void multiply_rows(const ConvRows<double>& product);
void add_products(const ConvSum<float>& product);
void add_products(const ConvSum<double>& product);
void mask_slope(const ConvMask<float>& mask);
void mask_slope(const ConvMask<double>& mask);
void add_columns(const ConvColumnSum<float>& columns);
void add_columns(const ConvColumnSum<double>& columns);

}  // namespace elbow::kernels
