#pragma once

#include <ATen/core/Tensor.h>

#include "conv_patches.h"

namespace elbow {

/// What one layer computes: relu(convolution + bias), or its transpose.
struct ConvPlan {
  ConvGeometry geometry;
  bool is_transposed;
  bool has_relu;

  std::int64_t input_channels() const {
    return is_transposed ? geometry.small_channels : geometry.channels;
  }
  std::int64_t output_channels() const {
    return is_transposed ? geometry.channels : geometry.small_channels;
  }
};

struct ConvGradients {
  at::Tensor input, weight, bias;
};

/// A convolution, its transpose and their gradients as matrix products over patches, a few images
/// at a time so that all of it stays in a core's cache, the batch split over the cores.
///
/// For tensors on the CPU, float32 or float64. Images are [N, C, H, W], dense, with channels first
/// or last. The results depend on the batch, but not on the number of threads: what a thread adds
/// up is fixed by the sizes.
///
/// @param weight [D, C, k, k] with channels last
/// @param bias   [output channels] or undefined
/// @param format of the result
at::Tensor convolve_patches(const ConvPlan& plan,
                            const at::Tensor& input,
                            const at::Tensor& weight,
                            const at::Tensor& bias,
                            at::MemoryFormat format);

/// @param output      of convolve_patches; read for the ReLU only
/// @param gradient    of the output; with a ReLU in the output's format
/// @param needs_input whether the input's gradient is wanted; undefined when not
/// @return            the input's gradient in the input's format; the weight's and the bias's dense
ConvGradients differentiate_patches(const ConvPlan& plan,
                                    const at::Tensor& input,
                                    const at::Tensor& weight,
                                    const at::Tensor& output,
                                    const at::Tensor& gradient,
                                    bool needs_input);

}  // namespace elbow
