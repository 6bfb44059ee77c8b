#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// y_i = x_order(i): a fixed order of the coordinates.
class Permutation : public Transform {
 public:
  /// @param order [D] int64, each of 0..D-1 once
  explicit Permutation(Tensor order);
  std::string name() const override { return "permutation"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  /// Nothing to map: the order is no parameter.
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  Tensor order_, inverse_;
};

}  // namespace elbow
