#pragma once

#include "elbow/inference/experiment.h"
#include "elbow/inference/gradient_vi.h"

namespace elbow {

/// Objective, estimator and optimizer of a resolved configuration, around modules that are built.
std::shared_ptr<GradientVi> build_gradient_vi(const ConfigNode& config,
                                              const Modules& modules,
                                              const Dataset& dataset);

}  // namespace elbow
