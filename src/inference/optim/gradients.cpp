#include <ATen/core/grad_mode.h>
#include <ATen/ops/_amp_foreach_non_finite_check_and_unscale.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include <cmath>
#include <limits>
#include <vector>

#include "buffers.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/inference/optim/optimizer.h"

namespace elbow {

void check_buffers(const Tensor& expected, const Tensor& values, const Tensor& gradients) {
  for (const auto* buffer : {&values, &gradients}) {
    TORCH_CHECK(buffer->defined() && buffer->is_contiguous() &&
                    buffer->sizes() == expected.sizes() &&
                    buffer->scalar_type() == expected.scalar_type() &&
                    buffer->device() == expected.device(),
                "optimizer: ",
                buffer == &values ? "values" : "gradients",
                ": expected contiguous ",
                expected.sizes(),
                " ",
                expected.scalar_type(),
                " on ",
                expected.device(),
                ", got ",
                buffer->defined() ? buffer->toString() : "an undefined tensor",
                " ",
                buffer->defined() ? buffer->sizes() : at::IntArrayRef());
  }
}

void check_finite(const Tensor& gradients, const Tensor& loss, const Tensor& found_non_finite) {
  const ProfileSpan span(SpanKind::part, "checks");
  const at::NoGradGuard no_grad;
  // The fastest pass there is: 0.04 ms for 653,000 float32 on one thread, the infinity norm
  // takes 1.8. It multiplies by 1.
  const std::vector<Tensor> buffers{gradients};
  Tensor found = found_non_finite;
  found.zero_();
  at::_amp_foreach_non_finite_check_and_unscale_(buffers, found, at::ones({}, found.options()));
  found.copy_(found.ne(0).logical_or_(at::isfinite(loss.detach()).all().logical_not_()));
}

void check_squares(const Tensor& gradients, const Tensor& norm, const Tensor& found_non_finite) {
  const ProfileSpan span(SpanKind::part, "checks");
  const at::NoGradGuard no_grad;
  const double largest = gradients.scalar_type() == at::kDouble
                             ? std::numeric_limits<double>::max()
                             : static_cast<double>(std::numeric_limits<float>::max());
  Tensor found = found_non_finite;
  found.copy_(found.ne(0).logical_or_(norm.gt(std::sqrt(largest))));
}

namespace {

/// 2-norm, 0-dim float64, finite for every finite buffer.
Tensor global_norm(const Tensor& buffer) {
  const Tensor norm = at::linalg_vector_norm(buffer, 2).to(at::kDouble);
  // Reading a number costs nothing on the CPU, and a pass in float64 four times as much as one in
  // float32; elsewhere it is the other way round.
  if (buffer.is_cpu() && std::isfinite(norm.item<double>())) return norm;
  // The squares of float32 numbers above 1e19 overflow, and an infinite norm would silently zero a
  // finite gradient.
  const Tensor exact =
      at::linalg_vector_norm(buffer, 2, at::OptionalIntArrayRef(), /*keepdim=*/false, at::kDouble);
  return at::where(norm.isfinite(), norm, exact);
}

}  // namespace

Tensor clip_global_norm(const Tensor& gradients, double max_norm) {
  const ProfileSpan span(SpanKind::part, "norm and clipping");
  const at::NoGradGuard no_grad;
  const Tensor norm = global_norm(gradients);
  const Tensor scale = norm.reciprocal().mul_(max_norm).clamp_max_(1.0);
  // A NaN in one place must not spread: the report names the parameter that was hit first.
  gradients.mul_(at::where(at::isfinite(norm), scale, 1.0));
  return norm;
}

void update_average(const Tensor& average,
                    const Tensor& values,
                    double decay,
                    const Tensor& found_non_finite) {
  const ProfileSpan span(SpanKind::part, "average");
  const at::NoGradGuard no_grad;
  // A weight on the device: a skipped step does not move the average either.
  average.lerp_(values, found_non_finite.to(values.scalar_type()).mul(-(1 - decay)).add(1 - decay));
}

}  // namespace elbow
