#pragma once

#include <ATen/ATen.h>

#include <string>

#include "elbow/neural/nn/module.h"

namespace elbow::testing {

/// The linear map that a network without hidden layers is.
inline Tensor linear(const Module& module, const std::string& network, const Tensor& input) {
  const auto all = module.named_parameters();
  return input.matmul(all[network + ".output.weight"].t()) + all[network + ".output.bias"];
}

}  // namespace elbow::testing
