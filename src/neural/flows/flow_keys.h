#pragma once

#include <vector>

#include "elbow/neural/flows/conditional_transform.h"
#include "elbow/probability/transforms/element_bijector.h"

namespace elbow {

/// The key `amortized`: parameters from the encoder instead of learned ones.
Parameter amortized_parameter();
/// Its value. @throws ConfigError when there is no encoder
bool is_amortized(const ConfigNode& node, const BuildContext& context);

/// The keys of a spline, and the bijector they ask for.
std::vector<Parameter> spline_parameters();
ElementBijector spline_from(const ConfigNode& node);

/// The key `max_log_scale` of affine couplings and autoregressive flows.
Parameter max_log_scale_parameter();

}  // namespace elbow
