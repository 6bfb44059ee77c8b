#include "elbow/probability/transforms/scaled_sigmoid.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "open_bound.h"

namespace elbow {

ScaledSigmoid::ScaledSigmoid(double lower, double upper) : lower_(lower), upper_(upper) {
  TORCH_CHECK(std::isfinite(upper - lower) && lower < upper,
              "scaled_sigmoid: expected finite bounds, the lower below the upper, got ",
              lower,
              " and ",
              upper);
}

std::pair<Tensor, Tensor> ScaledSigmoid::forward_and_log_det(const Tensor& x) const {
  const double width = upper_ - lower_;
  // From the nearer end: y keeps its digits next to an end that is 0.
  const Tensor y = at::where(x < 0, x.sigmoid() * width + lower_, upper_ - (-x).sigmoid() * width);
  const Tensor log_slope = at::log_sigmoid(x) + at::log_sigmoid(-x) + std::log(width);
  return {kept_below(kept_above(y, lower_), upper_), log_slope};
}

std::pair<Tensor, Tensor> ScaledSigmoid::inverse_and_log_det(const Tensor& y) const {
  const Tensor log_below = (y - lower_).log(), log_above = (upper_ - y).log();
  return {log_below - log_above, std::log(upper_ - lower_) - log_below - log_above};
}

TransformPtr ScaledSigmoid::map_parameters(const ParameterMap& /*map*/) const {
  return std::make_shared<ScaledSigmoid>(*this);
}

}  // namespace elbow
