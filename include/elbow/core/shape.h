#pragma once

#include <cstdint>
#include <vector>

namespace elbow {

/// The shape of `count` events: [count, event...].
inline std::vector<std::int64_t> with_batch(std::int64_t count,
                                            const std::vector<std::int64_t>& event) {
  std::vector<std::int64_t> out{count};
  out.insert(out.end(), event.begin(), event.end());
  return out;
}

/// How many numbers a tensor of this shape holds; 1 for a scalar.
inline std::int64_t num_elements(const std::vector<std::int64_t>& shape) {
  std::int64_t out = 1;
  for (const std::int64_t size : shape) out *= size;
  return out;
}

}  // namespace elbow
