#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

/// Checks the buffers of a step against those an optimizer was built for: the fused kernels do not
/// check, and read past the end of a gradient that is too short. @throws c10::Error naming shapes
/// and dtypes
void check_buffers(const at::Tensor& expected,
                   const at::Tensor& values,
                   const at::Tensor& gradients);

}  // namespace elbow
