#pragma once

#include <cstdint>

#include "elbow/foundations/core/config_node.h"
#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow {

/// Inputs and, where given, the response of the examples of a regression.
struct RegressionRows {
  Tensor inputs;    ///< [B, D]
  Tensor response;  ///< [B] or undefined
};

/// D, the columns without the response. @throws ConfigError unless there is one response
std::int64_t count_inputs(const ConfigNode& node, const DataContext& data);

/// @param x [B, D] or [B, D + 1] @throws DataError when the width or a value is wrong
RegressionRows regression_rows(const Tensor& x, std::int64_t num_inputs);

/// @throws DataError when there is none, which learning needs
void check_response(const Tensor& response);

}  // namespace elbow
