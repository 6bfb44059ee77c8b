#pragma once

#include "elbow/foundations/core/factory.h"
#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow {

/// Conditionally conjugate models, which `inference: {type: conjugate}` fits.
Factory<ConjugateModelPtr, const DataContext&>& conjugate_model_factory();

}  // namespace elbow
