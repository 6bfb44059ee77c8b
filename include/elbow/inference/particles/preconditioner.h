#pragma once

#include "elbow/inference/particles/stein_kernel.h"

namespace elbow {

/// The direction of SVGD in the metric Q = L L': that of the matrix-valued kernel
/// Q^-1 k(L'x, L'y), so that the particles see each other as a target of curvature Q does.
///
/// Wang, Tang, Bajaj, Liu, "Stein variational gradient descent with matrix-valued kernels", 2019,
/// arXiv:1910.12794, section 3.2.
/// @param particles, scores [N, D] @param factor L, [D, D], lower triangular
Tensor preconditioned_direction(const SteinKernel& kernel,
                                const Tensor& particles,
                                const Tensor& scores,
                                const Tensor& factor);

/// L of a metric that is made positive definite: eigenvalues count by their size, and none is below
/// `damping` times the largest. @param curvature [D, D], symmetric
Tensor metric_factor(const Tensor& curvature, double damping);

/// The mean of score score' over the particles, [D, D]: the Fisher information as they see it.
Tensor fisher_of(const Tensor& scores);

}  // namespace elbow
