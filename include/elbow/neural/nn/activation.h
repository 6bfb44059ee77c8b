#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace elbow {

/// An element-wise nonlinearity.
using Activation = at::Tensor (*)(const at::Tensor&);

/// relu, leaky_relu, elu, selu, gelu, silu, tanh, sigmoid, softplus.
std::vector<std::string> activation_names();
Activation activation_by_name(const std::string& name);

}  // namespace elbow
