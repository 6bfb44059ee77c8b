#pragma once

#include "elbow/core/config_node.h"
#include "elbow/dataset/dataset.h"
#include "elbow/inference/value_checks.h"

namespace elbow {

/// A density scored outside its support gives numbers that mean nothing: refused before training.
/// @throws ConfigError, DataError
void check_support(const ConfigNode& config, const Dataset& dataset);

}  // namespace elbow
