#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// The reflection y = x - 2 v v'x / |v|^2: volume preserving, its own inverse. The identity for
/// v = 0.
///
/// Tomczak, Welling, "Improving variational auto-encoders using Householder flow", 2016,
/// arXiv:1611.09630, section 3.1.
class Householder : public Transform {
 public:
  /// @param v [batch..., D]
  explicit Householder(Tensor v);
  std::string name() const override { return "householder"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  Tensor v_, direction_;  // direction_ = 2 v / |v|^2
};

}  // namespace elbow
