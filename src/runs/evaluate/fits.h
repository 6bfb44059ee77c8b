#pragma once

#include "elbow/runs/evaluate/fitted_model.h"

namespace elbow {

/// A model and a guide: what they can do is the model's choice.
FittedModelPtr gradient_fit(const Modules& modules);

/// The same of models with
FittedModelPtr latent_fit(const Modules& modules);    ///< one decoded vector of each example,
FittedModelPtr sites_fit(const Modules& modules);     ///< several latents of each example,
FittedModelPtr density_fit(const Modules& modules);   ///< no latents,
FittedModelPtr target_fit(const Modules& modules);    ///< no data,
FittedModelPtr response_fit(const Modules& modules);  ///< a response and shared weights.

/// Points that stand for the posterior over latents that all examples share.
FittedModelPtr points_fit(const Modules& modules);

/// A conjugate model and its global factors.
FittedModelPtr conjugate_fit(const Modules& modules);

}  // namespace elbow
