#include "elbow/inference/methods/parameter_update.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "elbow/foundations/core/profile_span.h"

namespace elbow {

namespace {

Tensor zero_beside(const Tensor& values) {
  return at::full({}, 0.0, values.options().dtype(at::kFloat));
}

}  // namespace

ParameterUpdate::ParameterUpdate(const FlatParameters& parameters,
                                 OptimizerPtr optimizer,
                                 const Options& options)
    : parameters_(parameters),
      optimizer_(std::move(optimizer)),
      options_(options),
      rate_(zero_beside(parameters.values())),
      found_(zero_beside(parameters.values())) {
  if (options_.ema_decay > 0) average_ = parameters_.values().clone();
}

void ParameterUpdate::keep(NamedTensors buffers) {
  const ProfileSpan optimizer(SpanKind::component, "optimizer"), span(SpanKind::part, "buffers");
  buffers_ = std::move(buffers);
  buffers_before_.clear();
  for (const auto& buffer : buffers_) buffers_before_.push_back(buffer.second.clone());
}

void ParameterUpdate::put_back() {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < buffers_.size(); ++i) buffers_[i].second.copy_(buffers_before_[i]);
}

void ParameterUpdate::set_rate(double rate) { rate_.fill_(rate); }

Tensor ParameterUpdate::apply(const Tensor& loss) {
  const ProfileSpan optimizer(SpanKind::component, "optimizer");
  const at::NoGradGuard no_grad;
  check_finite(parameters_.gradients(), loss, found_);
  const double most = options_.clip_norm > 0 ? options_.clip_norm : INFINITY;
  const Tensor norm = clip_global_norm(parameters_.gradients(), most);
  check_squares(parameters_.gradients(), norm.clamp_max(most), found_);
  for (std::size_t i = 0; i < buffers_.size(); ++i)
    buffers_[i].second.copy_(at::where(found_ > 0, buffers_before_[i], buffers_[i].second));
  const ProfileSpan update(SpanKind::part, "update");
  optimizer_->step(parameters_.values(), parameters_.gradients(), rate_, found_);
  if (average_.defined())
    update_average(average_, parameters_.values(), options_.ema_decay, found_);
  return norm;
}

}  // namespace elbow
