#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// y = x, number by number.
class Identity : public Transform {
 public:
  std::string name() const override { return "identity"; }
  /// @param x [...] @return [...] and zeros [...]
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  std::int64_t event_ndims() const override { return 0; }
  TransformPtr map_parameters(const ParameterMap& map) const override;
};

}  // namespace elbow
