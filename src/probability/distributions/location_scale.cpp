#include "elbow/probability/distributions/location_scale.h"

#include <ATen/ops/addcmul.h>
#include <ATen/ops/minimum.h>

#include <cmath>

#include "elbow/probability/distributions/normal.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

const double kLog2 = std::log(2.0);
const double kVarianceOfLogistic = 3.2898681336964528729;  // pi^2 / 3

}  // namespace

LocationScale::LocationScale(const std::string& type, Tensor loc, Tensor log_scale)
    : loc_(std::move(loc)), log_scale_(std::move(log_scale)) {
  check_broadcast(type, "loc", loc_, "log_scale", log_scale_);
}

Shape LocationScale::batch_shape() const {
  return broadcast_shape(loc_.sizes(), log_scale_.sizes());
}

Tensor LocationScale::mean() const { return expand_to(loc_, batch_shape()); }

std::vector<std::pair<std::string, Tensor>> LocationScale::parameters() const {
  return {{"loc", loc_}, {"log_scale", log_scale_}};
}

Tensor LocationScale::standardise(const Tensor& value) const {
  return (value - loc_) * (-log_scale_).exp();
}

Tensor LocationScale::place(const Tensor& noise) const {
  return at::addcmul(loc_, log_scale_.exp(), noise);
}

Tensor LocationScale::uniform(const Shape& sample_shape, RandomSource& source) const {
  return source.uniform(concatenate(sample_shape, batch_shape()), loc_.options());
}

Laplace::Laplace(Tensor loc, Tensor log_scale)
    : LocationScale("Laplace", std::move(loc), std::move(log_scale)) {}

Tensor Laplace::log_prob(const Tensor& value) const {
  return -standardise(value).abs() - log_scale() - kLog2;
}

Tensor Laplace::rsample(const Shape& sample_shape, RandomSource& source) const {
  const Tensor u = uniform(sample_shape, source);
  // 1 - u is exact above 1/2, so both tails keep every digit of their uniform.
  const Tensor magnitude = -(at::minimum(u, 1 - u) * 2).log();
  return place(magnitude * (u - 0.5).sign());
}

Tensor Laplace::variance() const { return expand_to((log_scale() * 2).exp() * 2, batch_shape()); }

Tensor Laplace::entropy() const { return expand_to(log_scale() + (1 + kLog2), batch_shape()); }

DistributionPtr Laplace::detach() const {
  return std::make_shared<Laplace>(loc().detach(), log_scale().detach());
}

Logistic::Logistic(Tensor loc, Tensor log_scale)
    : LocationScale("Logistic", std::move(loc), std::move(log_scale)) {}

Tensor Logistic::log_prob(const Tensor& value) const {
  // Even in the standardised value; written in its magnitude nothing overflows.
  const Tensor magnitude = standardise(value).abs();
  return -magnitude - (-magnitude).exp().log1p() * 2 - log_scale();
}

Tensor Logistic::rsample(const Shape& sample_shape, RandomSource& source) const {
  const Tensor u = uniform(sample_shape, source);
  return place(u.log() - (-u).log1p());
}

Tensor Logistic::variance() const {
  return expand_to((log_scale() * 2).exp() * kVarianceOfLogistic, batch_shape());
}

Tensor Logistic::entropy() const { return expand_to(log_scale() + 2, batch_shape()); }

DistributionPtr Logistic::detach() const {
  return std::make_shared<Logistic>(loc().detach(), log_scale().detach());
}

LogNormal::LogNormal(Tensor loc, Tensor log_scale)
    : LocationScale("LogNormal", std::move(loc), std::move(log_scale)) {}

Tensor LogNormal::log_prob(const Tensor& value) const {
  const Tensor outside = value.le(0);
  const Tensor log_value = value.masked_fill(outside, 1.0).log();
  const Tensor density =
      standardise(log_value).square().mul(-0.5) - log_scale() - log_value - kHalfLog2Pi;
  return density.masked_fill(outside, -INFINITY);
}

Tensor LogNormal::rsample(const Shape& sample_shape, RandomSource& source) const {
  const auto shape = concatenate(sample_shape, batch_shape());
  return place(source.normal(shape, loc().options())).exp();
}

Tensor LogNormal::mean() const {
  return expand_to((loc() + (log_scale() * 2).exp() * 0.5).exp(), batch_shape());
}

Tensor LogNormal::variance() const {
  const Tensor variance_of_log = (log_scale() * 2).exp();
  return variance_of_log.expm1() * (loc() * 2 + variance_of_log).exp();
}

Tensor LogNormal::entropy() const { return loc() + log_scale() + (0.5 + kHalfLog2Pi); }

DistributionPtr LogNormal::detach() const {
  return std::make_shared<LogNormal>(loc().detach(), log_scale().detach());
}

}  // namespace elbow
