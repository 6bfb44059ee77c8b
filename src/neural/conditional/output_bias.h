#pragma once

#include "elbow/foundations/core/component.h"
#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/network.h"

namespace elbow {

/// The key `output_bias` of a likelihood: data_mean or zero.
Parameter output_bias_parameter(const std::string& help);

/// How a mean becomes the network's output.
enum class OutputLink { identity, logit, log };

/// "the logit", in a sentence that goes on "of the training data's mean".
std::string words_of(OutputLink link);

/// What an idle network has to give to predict the data's mean, [event...] in float64: clipped to
/// [0.001, 0.999] for a logit, and 0.001 in place of 0 for a logarithm. Zeros when the
/// configuration says so, or when nothing is known of the data.
Tensor output_start(const ConfigNode& node, const BuildContext& context, OutputLink link);

/// Sets the last bias to it.
void set_output_bias(Network& network,
                     const ConfigNode& node,
                     const BuildContext& context,
                     OutputLink link);

}  // namespace elbow
