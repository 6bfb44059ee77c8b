#include "elbow/probability/transforms/cumulative_exponential.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/cumulative_sum.h"
#include "open_bound.h"

namespace elbow {

std::pair<Tensor, Tensor> CumulativeExponential::forward_and_log_det(const Tensor& x) const {
  if (first_ == First::positive) return {cumulative_sum(kept_above(x.exp(), 0)), x.sum(-1)};
  const Tensor exponents = x.narrow(-1, 1, x.size(-1) - 1);
  const Tensor y = cumulative_sum(at::cat({x.narrow(-1, 0, 1), exponents.exp()}, -1));
  return {y, exponents.sum(-1)};
}

std::pair<Tensor, Tensor> CumulativeExponential::inverse_and_log_det(const Tensor& y) const {
  const std::int64_t later = y.size(-1) - 1;
  const Tensor first = y.narrow(-1, 0, 1);
  const Tensor exponents = (y.narrow(-1, 1, later) - y.narrow(-1, 0, later)).log();
  if (first_ == First::any) return {at::cat({first, exponents}, -1), -exponents.sum(-1)};
  const Tensor x = at::cat({first.log(), exponents}, -1);
  return {x, -x.sum(-1)};
}

Shape CumulativeExponential::inverse_shape(const Shape& y) const {
  TORCH_CHECK(!y.empty() && y.back() >= 1,
              "cumulative_exponential: expected a shape [..., D] with D >= 1, got ",
              at::IntArrayRef(y));
  return y;
}

TransformPtr CumulativeExponential::map_parameters(const ParameterMap& /*map*/) const {
  return std::make_shared<CumulativeExponential>(*this);
}

}  // namespace elbow
