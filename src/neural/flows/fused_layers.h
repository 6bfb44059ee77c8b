#pragma once

#include <functional>
#include <utility>

#include "elbow/kernels/layer_stack.h"
#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// The same layers by LibTorch's operations, for what kernels do not do: derivatives of
/// derivatives. @param x [..., D] @param parameters [batch..., K P]
using LayersRoad =
    std::function<std::pair<Tensor, Tensor>(const Tensor& x, const Tensor& parameters)>;

/// Whether layers may run as one operation on these: numbers of one type on the CPU, and nobody
/// who traces operations.
bool can_fuse(const Tensor& x, const Tensor& parameters);

/// K layers of one kind as one operation, forwards and backwards.
/// @param layers     kind and number, and the sizes that are the kind's own
/// @param x          [..., D]
/// @param parameters [batch..., K P], batch dimensions that broadcast against those of x
/// @param road       the specification
/// @return y [..., D] and log |det| [...]
std::pair<Tensor, Tensor> fused_layers(const kernels::StackShape& layers,
                                       const Tensor& x,
                                       const Tensor& parameters,
                                       const LayersRoad& road);

}  // namespace elbow
