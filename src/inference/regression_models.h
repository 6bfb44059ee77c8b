#pragma once

#include "elbow/inference/experiment.h"

namespace elbow {

/// Models of a response given the other columns, by networks.
ComponentInfo network_regression_info();
ComponentInfo dropout_regression_info();
Modules make_network_regression(const ConfigNode& model,
                                const ConfigNode& config,
                                const DataFacts& facts);
Modules make_dropout_regression(const ConfigNode& model,
                                const ConfigNode& config,
                                const DataFacts& facts);

}  // namespace elbow
