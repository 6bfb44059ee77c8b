#include "elbow/probability/transforms/shifted_exponential.h"

#include <ATen/TensorOperators.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "open_bound.h"

namespace elbow {

ShiftedExponential::ShiftedExponential(double bound, Side side) : bound_(bound), side_(side) {
  TORCH_CHECK(std::isfinite(bound), "shifted_exponential: expected a finite bound, got ", bound);
}

std::pair<Tensor, Tensor> ShiftedExponential::forward_and_log_det(const Tensor& x) const {
  if (side_ == Side::above) return {kept_above(x.exp() + bound_, bound_), x};
  return {kept_below(bound_ - x.exp(), bound_), x};
}

std::pair<Tensor, Tensor> ShiftedExponential::inverse_and_log_det(const Tensor& y) const {
  const Tensor x = (side_ == Side::above ? y - bound_ : bound_ - y).log();
  return {x, -x};
}

TransformPtr ShiftedExponential::map_parameters(const ParameterMap& /*map*/) const {
  return std::make_shared<ShiftedExponential>(*this);
}

}  // namespace elbow
