#include "actnorm.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include "elbow/probability/transforms/affine.h"

namespace elbow {
namespace {

/// A coordinate that does not vary has no scale to undo.
Tensor spread_to_undo(const Tensor& values) {
  const Tensor out = values.std(0, /*unbiased=*/false);
  return out.masked_fill(out < 1e-6, 1.0);
}

}  // namespace

ComponentInfo ActNorm::info() {
  return ComponentInfo::of("actnorm", "scale and shift of each coordinate, set from 256 examples")
      .source(
          "Kingma, Dhariwal, Glow: generative flow with invertible 1x1 convolutions, 2018, "
          "arXiv:1807.03039, section 3.1")
      .with(FlowTraits{});
}

ActNorm::ActNorm(const ConfigNode& /*node*/, const BuildContext& context)
    : shift_(register_parameter("shift", at::zeros({context.event_size()}))),
      log_scale_(register_parameter("log_scale", at::zeros({context.event_size()}))),
      is_initialised_(register_buffer("is_initialised", at::zeros({}))) {}

TransformPtr ActNorm::forward(const Tensor& /*context*/) {
  return std::make_shared<Affine>(shift_, log_scale_);
}

void ActNorm::initialise(const Tensor& x) {
  const at::NoGradGuard no_grad;
  if (is_initialised_.item<double>() != 0) return;
  const Tensor scale = spread_to_undo(x).reciprocal();
  log_scale_.copy_(scale.log());
  shift_.copy_(-x.mean(0) * scale);
  is_initialised_.fill_(1);
}

void ActNorm::initialise_from_outputs(const Tensor& y) {
  const at::NoGradGuard no_grad;
  if (is_initialised_.item<double>() != 0) return;
  log_scale_.copy_(spread_to_undo(y).log());
  shift_.copy_(y.mean(0));
  is_initialised_.fill_(1);
}

}  // namespace elbow
