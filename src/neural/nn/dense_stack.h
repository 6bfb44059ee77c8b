#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "elbow/kernels/dense.h"
#include "elbow/neural/nn/activation.h"

namespace elbow {

/// An activation in our own kernels, where they have it.
std::optional<kernels::Nonlinearity> nonlinearity_of(Activation activation);

/// y = f(W x + b). weight [out, in], bias [out].
struct DenseLayer {
  at::Tensor weight, bias;
  kernels::Nonlinearity nonlinearity;
};

/// Whether dense_stack applies: plain float32 or float64 of the CPU, and nobody traces or asks for
/// reference operators.
bool fits_dense_stack(const at::Tensor& input, const std::vector<DenseLayer>& layers);

/// Fully connected layers as one operation: matrix products, and one pass for bias and nonlinearity
/// each way. A layer by itself by LibTorch's operators is the specification.
///
/// @param input  [N, in]
/// @return       [N, out]
at::Tensor dense_stack(const at::Tensor& input, const std::vector<DenseLayer>& layers);

}  // namespace elbow
