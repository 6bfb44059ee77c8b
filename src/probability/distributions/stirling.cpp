#include "stirling.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/where.h>

#include <array>

#include "elbow/foundations/core/constants.h"

namespace elbow {
namespace {

// From here on the first term that is left out is below 3e-16.
constexpr double kSeriesFrom = 15;
// B_2n / (2n (2n - 1)), the coefficients of a^-(2n - 1).
constexpr std::array<double, 5> kStirlingSeries = {
    1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188};

}  // namespace

at::Tensor stirling_error(const at::Tensor& a) {
  const at::Tensor is_large = a.gt(kSeriesFrom);
  // Either branch gets arguments of its own, or the gradient of the other would be NaN.
  const at::Tensor far = a.masked_fill(is_large.logical_not(), kSeriesFrom);
  const at::Tensor near = a.masked_fill(is_large, 1.0);
  const at::Tensor inverse = far.reciprocal(), square = inverse.square();
  at::Tensor sum = square * 0;
  for (std::size_t n = kStirlingSeries.size(); n-- > 0;) sum = sum * square + kStirlingSeries[n];
  return at::where(
      is_large, sum * inverse, at::lgamma(near) - (near - 0.5) * near.log() + near - kHalfLog2Pi);
}

at::Tensor log_ratio(const at::Tensor& log_a,
                     const at::Tensor& log_b,
                     const at::Tensor& b,
                     const at::Tensor& difference) {
  const at::Tensor is_far = difference.abs().gt(b * 0.5);
  const at::Tensor relative = difference.masked_fill(is_far, 0.0) / b.masked_fill(is_far, 1.0);
  return at::where(is_far, log_a - log_b, relative.log1p());
}

}  // namespace elbow
