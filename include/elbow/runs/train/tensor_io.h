#pragma once

#include <string>

#include "elbow/foundations/io/safetensors.h"
#include "elbow/inference/optim/flat_parameters.h"

namespace elbow {

/// safetensors bytes of named CPU tensors. @throws NumericalError naming the first tensor that is
/// not finite
std::string encode_tensors(const NamedTensors& tensors, bool require_finite);
/// Tensors that own their memory. @throws DataError as decode_safetensors
NamedTensors decode_tensors(std::string bytes, const std::string& source);

}  // namespace elbow
