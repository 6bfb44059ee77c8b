#pragma once

#include "elbow/inference/methods/experiment.h"
#include "elbow/inference/methods/gradient_vi.h"

namespace elbow {

ObjectivePtr build_objective(const ConfigNode& config, const Dataset& dataset);

/// On the device and of the type of model and guide; initial weights are a function of the seed.
GradientEstimatorPtr build_estimator(const ConfigNode& config,
                                     const Modules& modules,
                                     const Dataset& dataset);

/// Objective, estimator and optimizer of a resolved configuration, around modules that are built.
std::shared_ptr<GradientVi> build_gradient_vi(const ConfigNode& config,
                                              const Modules& modules,
                                              const Dataset& dataset);

}  // namespace elbow
