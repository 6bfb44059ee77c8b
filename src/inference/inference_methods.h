#pragma once

#include "elbow/core/component.h"
#include "elbow/inference/inference_method.h"

namespace elbow {

/// Model and guide, by stochastic gradients of an objective.
ComponentInfo gradient_info();
InferenceMethodPtr gradient_method();

/// Conditionally conjugate models, in closed form.
ComponentInfo conjugate_info();
InferenceMethodPtr conjugate_method();

}  // namespace elbow
