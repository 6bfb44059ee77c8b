#pragma once

#include "elbow/inference/guides/guide.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/runs/evaluate/imputer.h"

namespace elbow {

/// p(missing | observed) by self-normalised importance sampling: K latents from the guide, weighed
/// by p(observed, z) / q(z | observed); draws choose one of the K with these weights. An example
/// with nothing observed is drawn from the prior down.
///
/// Mattei, Frellsen, "MIWAE: deep generative modelling and imputation of incomplete data sets",
/// ICML 2019, arXiv:1812.02633, section 3.
Imputation impute(GenerativeModel& model,
                  Guide& guide,
                  const Batch& batch,
                  const ImputationOptions& options);

}  // namespace elbow
