#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

namespace elbow {

using at::Tensor;

/// Location and log scale from the numbers of a network, the latter clamped to [low, high]:
/// outside, its gradient is zero.
///
/// @param flat  [..., 2 L]
/// @return      [..., L] each
std::pair<Tensor, Tensor> normal_head(const Tensor& flat, double low, double high);

}  // namespace elbow
