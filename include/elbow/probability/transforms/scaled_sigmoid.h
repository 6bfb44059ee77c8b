#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// From the real line to an interval, number by number: y = lower + (upper - lower) sigmoid(x).
/// Measure: Lebesgue on y; log |dy/dx| = log (upper - lower) + log sigmoid(x) + log sigmoid(-x).
/// 0 goes to the middle. y stays off both ends by one rounding step.
///
/// Stan Development Team, "Stan reference manual", Transforms of constrained variables, section
/// "Lower and upper bounded scalar".
class ScaledSigmoid : public Transform {
 public:
  /// @param lower, upper finite, lower < upper
  ScaledSigmoid(double lower, double upper);
  std::string name() const override { return "scaled_sigmoid"; }
  /// @param x [...] @return [...] and [...]
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  std::int64_t event_ndims() const override { return 0; }
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  double lower_, upper_;
};

}  // namespace elbow
