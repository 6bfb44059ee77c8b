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
                                 std::vector<Tensor> statistics,
                                 const Options& options)
    : parameters_(parameters),
      optimizer_(std::move(optimizer)),
      options_(options),
      statistics_(std::move(statistics)),
      rate_(zero_beside(parameters.values())),
      found_(zero_beside(parameters.values())) {
  if (options_.ema_decay > 0) average_ = parameters_.values().clone();
}

void ParameterUpdate::keep() {
  const ProfileSpan optimizer(SpanKind::component, "optimizer"), span(SpanKind::part, "buffers");
  statistics_before_.clear();
  for (const Tensor& statistic : statistics_) statistics_before_.push_back(statistic.clone());
}

void ParameterUpdate::put_back() {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < statistics_.size(); ++i) statistics_[i].copy_(statistics_before_[i]);
}

void ParameterUpdate::set_rate(double rate) { rate_.fill_(rate); }

Tensor ParameterUpdate::apply(const Tensor& loss) {
  const ProfileSpan optimizer(SpanKind::component, "optimizer");
  const at::NoGradGuard no_grad;
  const double most = options_.clip_norm > 0 ? options_.clip_norm : INFINITY;
  const Tensor norm = check_and_clip(parameters_.gradients(), loss, most, found_);
  if (found_.is_cpu()) {
    // Reading waits for nothing here: either everything moves, or nothing does.
    if (found_.const_data_ptr<float>()[0] != 0) {
      put_back();
      return norm;
    }
  } else {
    for (std::size_t i = 0; i < statistics_.size(); ++i)
      statistics_[i].copy_(at::where(found_ > 0, statistics_before_[i], statistics_[i]));
  }
  const ProfileSpan update(SpanKind::part, "update");
  optimizer_->step(parameters_.values(), parameters_.gradients(), rate_, found_);
  if (average_.defined())
    update_average(average_, parameters_.values(), options_.ema_decay, found_);
  return norm;
}

}  // namespace elbow
