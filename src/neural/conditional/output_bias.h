#pragma once

#include "elbow/foundations/core/component.h"
#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/network.h"

namespace elbow {

/// The key `output_bias` of a likelihood: data_mean or zero.
Parameter output_bias_parameter(const std::string& help);

/// How a mean becomes the network's output.
enum class OutputLink { identity, logit };

/// Sets the last bias so that an idle network predicts the data's mean, clipped to [0.001, 0.999]
/// for a logit; to zero when the configuration says so, or when nothing is known of the data.
void set_output_bias(Network& network,
                     const ConfigNode& node,
                     const BuildContext& context,
                     OutputLink link);

}  // namespace elbow
