#include "elbow/inference/particles/preconditioner.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/mm.h>

namespace elbow {

Tensor preconditioned_direction(const SteinKernel& kernel,
                                const Tensor& particles,
                                const Tensor& scores,
                                const Tensor& factor) {
  // Rows are vectors: y' = x'L, the score of y is L^-1 times that of x, and back by L^-T.
  const Tensor seen = particles.detach().mm(factor);
  const Tensor pushed =
      at::linalg_solve_triangular(factor, scores.detach().t(), /*upper=*/false).t();
  const Tensor direction = kernel.direction(seen.contiguous(), pushed.contiguous());
  return at::linalg_solve_triangular(factor.t(), direction.t(), /*upper=*/true).t().contiguous();
}

Tensor metric_factor(const Tensor& curvature, double damping) {
  const auto [values, vectors] = at::linalg_eigh((curvature + curvature.t()) / 2);
  const Tensor sizes = values.abs();
  const Tensor most = sizes.max();
  // A curvature of nothing at all is the identity's.
  const Tensor kept = most.item<double>() > 0 ? sizes.maximum(most * damping) : sizes + 1;
  return at::linalg_cholesky((vectors * kept).mm(vectors.t()));
}

Tensor fisher_of(const Tensor& scores) {
  return scores.t().mm(scores) / static_cast<double>(scores.size(0));
}

}  // namespace elbow
