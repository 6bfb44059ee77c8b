#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// From the real line to one side of a bound, number by number: y = bound + exp(x) or
/// y = bound - exp(x). Measure: Lebesgue on y; log |dy/dx| = x. 0 goes to bound + 1 or bound - 1.
///
/// y stays off the bound by one rounding step where exp(x) is too small to tell, so that a density
/// that is singular there stays finite; it overflows where exp(x) does (x > 88 in float32, 709 in
/// float64).
///
/// Stan Development Team, "Stan reference manual", Transforms of constrained variables, sections
/// "Lower bounded scalar" and "Upper bounded scalar".
class ShiftedExponential : public Transform {
 public:
  enum class Side { above, below };
  /// @param bound finite
  ShiftedExponential(double bound, Side side);
  std::string name() const override { return "shifted_exponential"; }
  /// @param x [...] @return [...] and [...]
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  std::int64_t event_ndims() const override { return 0; }
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  double bound_;
  Side side_;
};

}  // namespace elbow
