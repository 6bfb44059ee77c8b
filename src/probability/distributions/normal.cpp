#include "elbow/probability/distributions/normal.h"

#include <ATen/ops/addcmul.h>

#include "tensor_ops.h"

namespace elbow {
namespace {

// log N(value; loc, exp(log_scale)) per element, without the constant.
Tensor log_kernel(const Tensor& value, const Tensor& loc, const Tensor& log_scale) {
  const Tensor standardised = (value - loc) * (-log_scale).exp();
  return standardised.square().mul(-0.5) - log_scale;
}

}  // namespace

Normal::Normal(Tensor loc, Tensor log_scale)
    : loc_(std::move(loc)), log_scale_(std::move(log_scale)) {
  check_broadcast("Normal", "loc", loc_, "log_scale", log_scale_);
}

Shape Normal::batch_shape() const { return broadcast_shape(loc_.sizes(), log_scale_.sizes()); }

Tensor Normal::log_prob(const Tensor& value) const {
  return log_kernel(value, loc_, log_scale_) - kHalfLog2Pi;
}

Tensor Normal::rsample(const Shape& sample_shape, RandomSource& source) const {
  const Tensor noise = source.normal(concatenate(sample_shape, batch_shape()), loc_.options());
  return at::addcmul(loc_, log_scale_.exp(), noise);
}

Tensor Normal::mean() const { return expand_to(loc_, batch_shape()); }

Tensor Normal::variance() const { return expand_to((log_scale_ * 2).exp(), batch_shape()); }

Tensor Normal::entropy() const {
  return expand_to(log_scale_ + (0.5 + kHalfLog2Pi), batch_shape());
}

DistributionPtr Normal::detach() const {
  return std::make_shared<Normal>(loc_.detach(), log_scale_.detach());
}

std::vector<std::pair<std::string, Tensor>> Normal::parameters() const {
  return {{"loc", loc_}, {"log_scale", log_scale_}};
}

}  // namespace elbow
