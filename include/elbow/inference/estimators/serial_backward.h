#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

/// Adds d loss / d leaf to the grad() of every leaf, as torch::autograd::backward(loss) does, and
/// with the same bits: the same operations, in the same order. A graph on the CPU needs none of
/// what LibTorch's engine prepares for each of its nodes (a copy of the thread's state, queues,
/// streams), which takes longer than a short operation itself.
///
/// @param loss one number on the CPU
/// @return false, and nothing done, where the graph needs the engine: nodes of another device,
///         hooks, anomaly detection
bool try_serial_backward(const at::Tensor& loss);

}  // namespace elbow
