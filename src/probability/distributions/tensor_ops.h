#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace elbow {

using Sizes = std::vector<std::int64_t>;

/// The shape that two shapes broadcast to; they must (check_broadcast).
inline Sizes broadcast_shape(at::IntArrayRef a, at::IntArrayRef b) {
  const at::IntArrayRef longer = a.size() >= b.size() ? a : b;
  const at::IntArrayRef shorter = a.size() >= b.size() ? b : a;
  Sizes out = longer.vec();
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i)
    if (out[offset + i] == 1) out[offset + i] = shorter[i];
  return out;
}

inline Sizes concatenate(at::IntArrayRef a, at::IntArrayRef b) {
  Sizes out = a.vec();
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

/// x with this shape. Nothing is recorded where it has it already: a traced expand would freeze the
/// batch size.
inline at::Tensor expand_to(const at::Tensor& x, at::IntArrayRef shape) {
  return x.sizes() == shape ? x : x.expand(shape);
}

/// All but the last `count` sizes.
inline Sizes without_last(at::IntArrayRef sizes, std::int64_t count) {
  return sizes.slice(0, sizes.size() - static_cast<std::size_t>(count)).vec();
}

/// The last `count` sizes.
inline Sizes last(at::IntArrayRef sizes, std::int64_t count) {
  return sizes.slice(sizes.size() - static_cast<std::size_t>(count)).vec();
}

/// Sum over the last `count` dimensions; the tensor itself for none (an empty list would mean all).
inline at::Tensor sum_last(const at::Tensor& x, std::int64_t count) {
  if (count == 0) return x;
  Sizes dims(static_cast<std::size_t>(count));
  std::iota(dims.begin(), dims.end(), -count);
  return x.sum(dims);
}

/// The smallest normal number of the tensor's dtype: what a positive draw is kept above, since
/// subnormal numbers may be flushed to zero.
inline double smallest_normal(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? std::numeric_limits<double>::min()
                                        : double{std::numeric_limits<float>::min()};
}

}  // namespace elbow
