#include "elbow/probability/transforms/event_bijection.h"

#include "event_dims.h"

namespace elbow {
namespace {

std::int64_t rank_of(const Shape& shape) { return static_cast<std::int64_t>(shape.size()); }

Tensor summed_over_parts(const Tensor& log_det, std::int64_t num_part_dims) {
  return num_part_dims == 0 ? log_det : log_det.flatten(-num_part_dims).sum(-1);
}

}  // namespace

EventBijection::EventBijection(TransformPtr part, Shape event_shape)
    : part_(std::move(part)),
      event_shape_(std::move(event_shape)),
      base_shape_(part_->inverse_shape(event_shape_)),
      num_part_dims_(rank_of(event_shape_) - part_->output_event_ndims()) {
  TORCH_CHECK(num_part_dims_ >= 0,
              name(),
              ": expected events with at least ",
              part_->output_event_ndims(),
              " dimension(s), got shape ",
              at::IntArrayRef(event_shape_));
}

std::pair<Tensor, Tensor> EventBijection::forward_and_log_det(const Tensor& x) const {
  batch_shape_of(x.sizes(), base_shape_, name());
  const auto [y, log_det] = part_->forward_and_log_det(x);
  return {y, summed_over_parts(log_det, num_part_dims_)};
}

std::pair<Tensor, Tensor> EventBijection::inverse_and_log_det(const Tensor& y) const {
  batch_shape_of(y.sizes(), event_shape_, name() + " inverse");
  const auto [x, log_det] = part_->inverse_and_log_det(y);
  return {x, summed_over_parts(log_det, num_part_dims_)};
}

std::int64_t EventBijection::event_ndims() const { return rank_of(base_shape_); }

std::int64_t EventBijection::output_event_ndims() const { return rank_of(event_shape_); }

Shape EventBijection::forward_shape(const Shape& x) const {
  return joined_shape(batch_shape_of(x, base_shape_, name()), event_shape_);
}

Shape EventBijection::inverse_shape(const Shape& y) const {
  return joined_shape(batch_shape_of(y, event_shape_, name() + " inverse"), base_shape_);
}

TransformPtr EventBijection::map_parameters(const ParameterMap& map) const {
  return std::make_shared<EventBijection>(part_->map_parameters(map), event_shape_);
}

}  // namespace elbow
