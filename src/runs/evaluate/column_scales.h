#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "elbow/inference/methods/experiment.h"

namespace elbow {

/// What to say of columns that lie far from the 0 and 1 that networks and learning rates are made
/// for, and that data.standardize would bring there: "column 'age' has mean 38.2 and standard
/// deviation 11.6". Empty for other data and for columns that are near.
/// @param x some training examples, [B, D]
std::string far_column(const ConfigNode& config, const Dataset& dataset, const at::Tensor& x);

}  // namespace elbow
