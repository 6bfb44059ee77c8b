#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

namespace elbow {

/// Indices drawn by inversion, [..., n]. @param steps [..., K] cumulative weights, which need no
/// normaliser and are not all 0 @param uniform [..., n] in (0, 1)
inline at::Tensor index_at(const at::Tensor& steps, const at::Tensor& uniform) {
  const std::int64_t last = steps.size(-1) - 1;
  const at::Tensor threshold = uniform * steps.narrow(-1, last, 1);
  // The product may round up to the whole sum.
  return steps.unsqueeze(-2).le(threshold.unsqueeze(-1)).sum(-1).clamp_max(last);
}

}  // namespace elbow
