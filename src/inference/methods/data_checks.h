#pragma once

#include "elbow/data/dataset/dataset.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/inference/methods/value_checks.h"

namespace elbow {

/// A density scored outside its support gives numbers that mean nothing: refused before training.
/// @throws ConfigError, DataError
void check_support(const ConfigNode& config, const Dataset& dataset);

}  // namespace elbow
