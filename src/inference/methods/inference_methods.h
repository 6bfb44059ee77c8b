#pragma once

#include "elbow/foundations/core/component.h"
#include "elbow/inference/methods/inference_method.h"

namespace elbow {

/// Model and guide, by stochastic gradients of an objective.
ComponentInfo gradient_info();
InferenceMethodPtr gradient_method();

/// A guide of a target, by gradients that need no tuning.
ComponentInfo advi_info();
InferenceMethodPtr advi_method();

/// Laplace's approximation of a target.
ComponentInfo laplace_info();
InferenceMethodPtr laplace_method();

/// Conditionally conjugate models, in closed form.
ComponentInfo conjugate_info();
InferenceMethodPtr conjugate_method();

/// Particles, by Stein variational gradient descent.
ComponentInfo svgd_info();
InferenceMethodPtr svgd_method();

/// Markov chains, by Hamiltonian Monte Carlo.
ComponentInfo hmc_info();
InferenceMethodPtr hmc_method();
ComponentInfo sgld_info();
InferenceMethodPtr sgld_method();

}  // namespace elbow
