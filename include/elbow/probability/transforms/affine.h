#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// y = x exp(log_scale) + shift, element by element.
class Affine : public Transform {
 public:
  /// @param shift, log_scale [batch..., D]
  Affine(Tensor shift, Tensor log_scale);
  std::string name() const override { return "affine"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  Tensor shift_, log_scale_;
};

}  // namespace elbow
