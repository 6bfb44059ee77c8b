#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

/// Which library multiplies matrices on the CPU.
enum class ProductLibrary { mkl, onednn };

/// Of float32 products that are large enough to pay for a call of oneDNN. MKL keeps to 256-bit
/// vectors on processors that are not Intel's, where oneDNN takes 512-bit ones: half as long on a
/// Zen 5. Everything else is MKL's.
/// @param flops of the product: 2 m n k
ProductLibrary product_library(at::ScalarType dtype, double flops);

/// While one lives, in any thread, every float32 product is made by one library: what the other is
/// compared with.
class FixedProductLibrary {
 public:
  explicit FixedProductLibrary(ProductLibrary library);
  ~FixedProductLibrary();
  FixedProductLibrary(const FixedProductLibrary&) = delete;
  FixedProductLibrary& operator=(const FixedProductLibrary&) = delete;
};

/// a b + bias, on the CPU, without a graph. Shapes: a [m, k], b [k, n], bias [n] or undefined;
/// strides as they come. @return [m, n]
at::Tensor matrix_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias = {});

/// sum += a b. Shapes as above.
void add_matrix_product(at::Tensor& sum, const at::Tensor& a, const at::Tensor& b);

}  // namespace elbow
