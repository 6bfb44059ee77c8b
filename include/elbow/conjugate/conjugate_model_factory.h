#pragma once

#include "elbow/conjugate/conjugate_model.h"
#include "elbow/core/factory.h"

namespace elbow {

/// Conditionally conjugate models, which `inference: {type: conjugate}` fits.
Factory<ConjugateModelPtr, const ConjugateFacts&>& conjugate_model_factory();

}  // namespace elbow
