#pragma once

#include "elbow/foundations/core/factory.h"
#include "elbow/inference/methods/inference_method.h"

namespace elbow {

/// gradient, conjugate, svgd, hmc, sgld.
Factory<InferenceMethodPtr>& inference_factory();

/// The row that a whole configuration names.
InferenceMethodPtr inference_method(const ConfigNode& config);

}  // namespace elbow
