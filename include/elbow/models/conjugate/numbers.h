#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace elbow {

/// The elements in order, for people, files and pictures. @param values any shape, on the CPU
inline std::vector<double> numbers_of(const at::Tensor& values) {
  const at::Tensor flat = values.to(at::kDouble).contiguous();
  const double* first = flat.const_data_ptr<double>();
  return {first, first + flat.numel()};
}

}  // namespace elbow
