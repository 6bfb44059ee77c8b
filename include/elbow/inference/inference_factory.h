#pragma once

#include <memory>

#include "elbow/core/factory.h"
#include "elbow/inference/experiment.h"

namespace elbow {

using InferenceFactory =
    Factory<std::shared_ptr<Inference>, const ConfigNode&, Modules&, const Dataset&>;

/// gradient, conjugate: created from the whole configuration.
InferenceFactory& inference_factory();

}  // namespace elbow
