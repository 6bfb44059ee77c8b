#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/models/generative/generative_model.h"

namespace elbow {

/// What a configuration can fit by gradients: latent (data explained by latents), density (data, no
/// latents), target (a named density, no data), and networks for a response. Traits: ModelTraits.
Factory<GenerativeModelPtr, const DataContext&>& model_factory();

}  // namespace elbow
