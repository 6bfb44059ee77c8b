#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace elbow {

/// Product of the sizes.
inline std::int64_t num_elements(const std::vector<std::int64_t>& shape) {
  std::int64_t out = 1;
  for (const std::int64_t size : shape) out *= size;
  return out;
}

/// "[1, 28, 28]"
inline std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string out = "[";
  for (const std::int64_t size : shape) out += (out.size() > 1 ? ", " : "") + std::to_string(size);
  return out + "]";
}

}  // namespace elbow
