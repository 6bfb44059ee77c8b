#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace elbow {

/// The arguments of a layer beside its tensors; pairs are [height, width].
struct ConvOptions {
  std::vector<std::int64_t> stride, padding, output_padding;
  bool is_transposed = false;
  bool has_relu = false;  ///< whether the result is relu(convolution + bias)
};

/// A convolution with bias and perhaps a ReLU, differentiable: over patches (conv_passes.h) where
/// that is the faster road, otherwise by LibTorch's operators. Both agree up to rounding.
///
/// Which road is taken follows from the shapes and the kind of processor, never from a trial: the
/// roads round differently, so that a run must take the same one each time.
///
/// @param input  [N, C, H, W]
/// @param weight [out, C, k, k], transposed [C, out, k, k]
/// @param bias   [out] or undefined
/// @param format wanted of the result; LibTorch's operators are free to choose another
at::Tensor convolve(const at::Tensor& input,
                    const at::Tensor& weight,
                    const at::Tensor& bias,
                    const ConvOptions& options,
                    at::MemoryFormat format = at::MemoryFormat::Contiguous);

/// The same by LibTorch's operators: for other devices, tracing and second derivatives.
at::Tensor convolve_by_operators(const at::Tensor& input,
                                 const at::Tensor& weight,
                                 const at::Tensor& bias,
                                 const ConvOptions& options);

}  // namespace elbow
