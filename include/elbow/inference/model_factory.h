#pragma once

#include "elbow/core/factory.h"
#include "elbow/inference/experiment.h"

namespace elbow {

/// What a configuration can fit: latent (data explained by latents), density (data, no latents),
/// target (a named density, no data). Makes the model and the guide that goes with it. Traits:
/// ModelTraits.
Factory<Modules, const ConfigNode&, const DataFacts&>& model_factory();

}  // namespace elbow
