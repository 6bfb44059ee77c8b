#pragma once

#include <cstdint>
#include <vector>

namespace elbow {

/// Sizes of a tensor, in order.
using Shape = std::vector<std::int64_t>;

/// The shape of `count` events: [count, event...].
inline Shape with_batch(std::int64_t count, const Shape& event) {
  Shape out{count};
  out.insert(out.end(), event.begin(), event.end());
  return out;
}

/// How many numbers a tensor of this shape holds; 1 for a scalar.
inline std::int64_t num_elements(const Shape& shape) {
  std::int64_t out = 1;
  for (const std::int64_t size : shape) out *= size;
  return out;
}

}  // namespace elbow
