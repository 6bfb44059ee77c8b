#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace elbow {

/// Tensors of one type, flattened and one after the other: one node of the graph for all. Where
/// they lie so in memory, as FlatParameters lays them, nothing is copied, and the result is valid
/// until they change.
/// @return [n], n the number of their elements
at::Tensor packed(const std::vector<at::Tensor>& parameters);

}  // namespace elbow
