#pragma once

#include <ATen/Dispatch.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace elbow {

/// The bound as this type rounds it, and a step that every number of the type near it can take.
struct OpenBound {
  double bound, step;
};

inline OpenBound open_bound(double bound, at::ScalarType dtype) {
  OpenBound out{bound, 0};
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, dtype, "open_bound", [&] {
    using Limits = std::numeric_limits<scalar_t>;
    out.bound = static_cast<double>(static_cast<scalar_t>(bound));
    // `min` is the smallest normal number: the CPU may flush what is below it to 0.
    out.step = std::max(std::abs(out.bound) * static_cast<double>(Limits::epsilon()),
                        static_cast<double>(Limits::min()));
  });
  return out;
}

/// y, at least one rounding step above the bound: what a map onto an open interval rounds to its
/// end.
inline at::Tensor kept_above(const at::Tensor& y, double lower) {
  const OpenBound open = open_bound(lower, y.scalar_type());
  return y.clamp_min(open.bound + open.step);
}

/// y, at least one rounding step below the bound.
inline at::Tensor kept_below(const at::Tensor& y, double upper) {
  const OpenBound open = open_bound(upper, y.scalar_type());
  return y.clamp_max(open.bound - open.step);
}

}  // namespace elbow
