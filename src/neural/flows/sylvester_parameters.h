#pragma once

#include <string>
#include <vector>

#include "parameter_flow.h"

namespace elbow {

/// What the three forms of Sylvester flows share: triangles, diagonal and bias, of a fresh layer
/// near the identity. @param num_vectors M
std::vector<FlowParameter> sylvester_parameters(std::int64_t num_vectors);

/// @param section of the paper
ComponentInfo sylvester_info(std::string name, std::string summary, const std::string& section);

}  // namespace elbow
