#include "elbow/probability/transforms/stick_breaking.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/log_sigmoid.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/cumulative_sum.h"
#include "open_bound.h"

namespace elbow {
namespace {

/// log(K - k) for k = 1, ..., K - 1: the logit at which each share of the uniform point is broken
/// off, with its sign changed. @param x [..., K - 1]
Tensor stick_offsets(const Tensor& x) { return at::arange(x.size(-1), 0, -1, x.options()).log(); }

}  // namespace

std::pair<Tensor, Tensor> StickBreaking::forward_and_log_det(const Tensor& x) const {
  const Tensor logit = x - stick_offsets(x);
  const Tensor log_share = at::log_sigmoid(logit),
               log_rest = cumulative_sum(at::log_sigmoid(-logit));
  const Tensor log_y =
      at::constant_pad_nd(log_share, {0, 1}) + at::constant_pad_nd(log_rest, {1, 0});
  return {kept_above(log_y.exp(), 0), log_y.sum(-1)};
}

std::pair<Tensor, Tensor> StickBreaking::inverse_and_log_det(const Tensor& y) const {
  const std::int64_t free = y.size(-1) - 1;
  // What is left after each share, as a sum of what follows: 1 minus the sum would cancel.
  const Tensor rest = cumulative_sum(y.flip(-1)).flip(-1).narrow(-1, 1, free);
  const Tensor log_y = y.log();
  const Tensor logit = log_y.narrow(-1, 0, free) - rest.log();
  return {logit + stick_offsets(logit), -log_y.sum(-1)};
}

Shape StickBreaking::forward_shape(const Shape& x) const {
  TORCH_CHECK(!x.empty(), "stick_breaking: expected a shape [..., K - 1], got []");
  Shape out = x;
  ++out.back();
  return out;
}

Shape StickBreaking::inverse_shape(const Shape& y) const {
  TORCH_CHECK(!y.empty() && y.back() >= 1,
              "stick_breaking: expected a shape [..., K] with K >= 1, got ",
              at::IntArrayRef(y));
  Shape out = y;
  --out.back();
  return out;
}

TransformPtr StickBreaking::map_parameters(const ParameterMap& /*map*/) const {
  return std::make_shared<StickBreaking>(*this);
}

}  // namespace elbow
