#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// A bijection for events of one shape: it maps every part of an event, and the log-determinants of
/// the parts add. A matrix [M, K] of M simplices is one event under a map of vectors, and a vector
/// is one under a map of numbers.
class EventBijection : public Transform {
 public:
  /// @param part        maps the trailing dimensions of an event
  /// @param event_shape of y
  /// @throws c10::Error when the part returns no events of that shape
  EventBijection(TransformPtr part, Shape event_shape);
  std::string name() const override { return part_->name(); }
  /// @throws c10::Error when x does not end in the shape of an event, as does the inverse
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  bool has_inverse() const override { return part_->has_inverse(); }
  std::int64_t event_ndims() const override;
  std::int64_t output_event_ndims() const override;
  Shape forward_shape(const Shape& x) const override;
  Shape inverse_shape(const Shape& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;
  /// Of one event x.
  const Shape& base_shape() const { return base_shape_; }
  /// Of one event y.
  const Shape& event_shape() const { return event_shape_; }

 private:
  TransformPtr part_;
  Shape event_shape_, base_shape_;
  std::int64_t num_part_dims_;  // how many leading dimensions of an event count its parts
};

}  // namespace elbow
