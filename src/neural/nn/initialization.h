#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace elbow {

/// How the weights of a layer are drawn, all uniform with mean 0.
enum class Initialization {
  /// variance 2 / fan_in, 1 / fan_in in the last layer, which nothing rectifies; bias 0
  /// (He, Zhang, Ren, Sun, 2015, arXiv:1502.01852, section 2.2)
  kaiming,
  /// variance 2 / (fan_in + fan_out); bias 0 (Glorot, Bengio, AISTATS 2010, equation 16)
  xavier,
  /// weights and bias in +-1 / sqrt(fan_in), as PyTorch's layers do
  standard,
};

/// "kaiming", "xavier", "default".
Initialization initialization_by_name(const std::string& name);
std::vector<std::string> initialization_names();

/// What a layer's draw depends on: connections into and out of one unit.
struct Fans {
  std::int64_t in, out;
  bool is_last;
};

/// Draws weight and bias in place from the default CPU generator. An undefined bias is left out.
void initialize(Initialization scheme, const Fans& fans, at::Tensor weight, at::Tensor bias);

}  // namespace elbow
