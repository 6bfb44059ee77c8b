#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>

namespace elbow {

/// float64 numbers that are all the same.
inline at::Tensor filled(at::IntArrayRef shape, double value) {
  return at::full(shape, value, at::kDouble);
}

}  // namespace elbow
