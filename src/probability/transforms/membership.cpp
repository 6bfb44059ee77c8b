#include "membership.h"

#include <ATen/Dispatch.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>

#include <limits>

#include "triangle.h"

namespace elbow {
namespace {

using at::Tensor;

/// How far rounding moves a sum of `count` numbers near 1.
double rounding_of_sum(const Tensor& value, std::int64_t count) {
  double epsilon = 0;
  AT_DISPATCH_FLOATING_TYPES_AND2(
      at::kHalf, at::kBFloat16, value.scalar_type(), "rounding_of_sum", [&] {
        epsilon = static_cast<double>(std::numeric_limits<scalar_t>::epsilon());
      });
  return epsilon * (100 + static_cast<double>(count));
}

Tensor is_one(const Tensor& sum, std::int64_t count) {
  return (sum - 1).abs() <= rounding_of_sum(sum, count);
}

Tensor has_unit_norm(const Tensor& value) { return is_one(value.square().sum(-1), value.size(-1)); }

Tensor is_increasing(const Tensor& value) {
  const std::int64_t later = value.size(-1) - 1;
  const Tensor steps = value.narrow(-1, 1, later) - value.narrow(-1, 0, later);
  return (steps >= 0).all(-1) & at::isfinite(value).all(-1);
}

Tensor is_factor(const Tensor& value) {
  const Tensor is_zero_above = (value.triu(1) == 0).flatten(-2).all(-1);
  return is_zero_above & (diagonal_of(value) > 0).all(-1) & at::isfinite(value).flatten(-2).all(-1);
}

}  // namespace

Membership any_finite_number() {
  return [](const Tensor& value) { return at::isfinite(value); };
}

Membership strictly_between(double lower, double upper) {
  return [=](const Tensor& value) { return (value > lower) & (value < upper); };
}

Membership between(double lower, double upper) {
  return [=](const Tensor& value) { return (value >= lower) & (value <= upper); };
}

Membership zero_or_one() {
  return [](const Tensor& value) { return (value == 0) | (value == 1); };
}

Membership whole_number() {
  return [](const Tensor& value) { return (value == value.round()) & at::isfinite(value); };
}

Membership counting_number() {
  return [](const Tensor& value) {
    return (value == value.round()) & at::isfinite(value) & (value >= 0);
  };
}

Membership on_simplex() {
  return [](const Tensor& value) {
    return (value >= 0).all(-1) & is_one(value.sum(-1), value.size(-1));
  };
}

Membership on_sphere() { return has_unit_norm; }

Membership increasing() { return is_increasing; }

Membership increasing_from_above_zero() {
  return [](const Tensor& value) { return is_increasing(value) & (value.select(-1, 0) > 0); };
}

Membership one_hot_variables() {
  return [](const Tensor& value) {
    return ((value == 0) | (value == 1)).all(-1) & (value == 1).any(-1);
  };
}

Membership lower_triangular_with_positive_diagonal() { return is_factor; }

Membership correlation_factor() {
  return [](const Tensor& value) { return is_factor(value) & has_unit_norm(value).all(-1); };
}

}  // namespace elbow
