#pragma once

#include "elbow/core/config_node.h"
#include "elbow/inference/dataset.h"
#include "elbow/inference/value_checks.h"

namespace elbow {

/// A density scored outside its support gives numbers that mean nothing: refused before training.
/// @throws ConfigError, DataError
void check_support(const ConfigNode& config, const Dataset& dataset);

/// Closed-form updates sum squares. A column whose mean is large against its spread loses
/// (mean / standard deviation)^2 of float64's precision by that: said once, with a remedy.
void warn_far_from_zero(const Dataset& dataset);

}  // namespace elbow
