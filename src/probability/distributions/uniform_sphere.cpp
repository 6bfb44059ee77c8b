#include "elbow/probability/distributions/uniform_sphere.h"

#include <c10/util/Exception.h>

#include <cmath>

#include "tensor_ops.h"

namespace elbow {

UniformSphere::UniformSphere(Tensor zeros) : zeros_(zeros.detach()) {
  TORCH_CHECK(zeros_.dim() >= 1 && zeros_.size(-1) >= 2,
              "UniformSphere: expected a last dimension of at least two, got shape ",
              zeros_.sizes());
}

double UniformSphere::log_area(std::int64_t L) {
  const double half = static_cast<double>(L) / 2;
  return std::log(2.0) + half * 1.1447298858494001741 - std::lgamma(half);  // log pi
}

Shape UniformSphere::batch_shape() const { return without_last(zeros_.sizes(), 1); }

Shape UniformSphere::event_shape() const { return last(zeros_.sizes(), 1); }

Tensor UniformSphere::log_prob(const Tensor& value) const {
  check_broadcast("UniformSphere", "value", value, "zeros", zeros_);
  const Tensor square = (value + zeros_).square().sum(-1);
  const Tensor outside = (square - 1).abs().gt(1e-4);
  // The product keeps a NaN of the value.
  return (square * 0 - log_area(zeros_.size(-1))).masked_fill(outside, -INFINITY);
}

Tensor UniformSphere::rsample(const Shape& sample_shape, RandomSource& source) const {
  const Tensor noise = source.normal(concatenate(sample_shape, zeros_.sizes()), zeros_.options());
  return noise / noise.norm(2, {-1}, /*keepdim=*/true);
}

Tensor UniformSphere::variance() const { return zeros_ + 1 / static_cast<double>(zeros_.size(-1)); }

Tensor UniformSphere::entropy() const { return zeros_.select(-1, 0) + log_area(zeros_.size(-1)); }

DistributionPtr UniformSphere::detach() const { return std::make_shared<UniformSphere>(zeros_); }

}  // namespace elbow
