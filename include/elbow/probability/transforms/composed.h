#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// Transforms one after the other; log-determinants add. The identity for an empty list.
class Composed : public Transform {
 public:
  /// @param parts the first is applied first, to the base; each takes events of the rank that the
  ///              one before it returns
  explicit Composed(std::vector<TransformPtr> parts);
  std::string name() const override { return "composed"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  bool has_inverse() const override;
  std::int64_t event_ndims() const override;
  std::int64_t output_event_ndims() const override;
  Shape forward_shape(const Shape& x) const override;
  Shape inverse_shape(const Shape& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;
  const std::vector<TransformPtr>& parts() const { return parts_; }

 private:
  std::vector<TransformPtr> parts_;
};

}  // namespace elbow
