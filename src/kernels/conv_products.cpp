#include "elbow/kernels/conv_products.h"

#include "kernel_table.h"

namespace elbow::kernels {

std::int64_t panel_width(float) { return 2 * kernels().vector_bytes / 4; }
std::int64_t panel_width(double) { return 2 * kernels().vector_bytes / 8; }

template <typename T>
void pack_columns(std::int64_t num_rows,
                  std::int64_t num_columns,
                  const T* right,
                  std::int64_t row_stride,
                  std::int64_t column_stride,
                  T* packed) {
  const std::int64_t width = panel_width(T());
  for (std::int64_t first = 0; first < num_columns; first += width)
    for (std::int64_t i = 0; i < num_rows; ++i)
      for (std::int64_t j = first; j < first + width; ++j)
        *packed++ = j < num_columns ? right[i * row_stride + j * column_stride] : T(0);
}
template void pack_columns(
    std::int64_t, std::int64_t, const float*, std::int64_t, std::int64_t, float*);
template void pack_columns(
    std::int64_t, std::int64_t, const double*, std::int64_t, std::int64_t, double*);

void multiply_rows(const ConvRows<float>& product) { kernels().multiply_rows_float(product); }
void multiply_rows(const ConvRows<double>& product) { kernels().multiply_rows_double(product); }
void add_products(const ConvSum<float>& product) { kernels().add_products_float(product); }
void add_products(const ConvSum<double>& product) { kernels().add_products_double(product); }
void mask_slope(const ConvMask<float>& mask) { kernels().mask_slope_float(mask); }
void mask_slope(const ConvMask<double>& mask) { kernels().mask_slope_double(mask); }
void add_columns(const ConvColumnSum<float>& columns) { kernels().add_columns_float(columns); }
void add_columns(const ConvColumnSum<double>& columns) { kernels().add_columns_double(columns); }

}  // namespace elbow::kernels
