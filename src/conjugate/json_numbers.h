#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace elbow {

/// float64 values in order, for a summary.
inline std::vector<double> json_numbers(const at::Tensor& values) {
  const at::Tensor flat = values.contiguous();
  const double* first = flat.const_data_ptr<double>();
  return {first, first + flat.numel()};
}

}  // namespace elbow
