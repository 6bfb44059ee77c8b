#pragma once

#include <string>

#include "elbow/foundations/core/shape.h"

namespace elbow {

/// "[1, 28, 28]"
inline std::string shape_text(const Shape& shape) {
  std::string out = "[";
  for (const std::int64_t size : shape) out += (out.size() > 1 ? ", " : "") + std::to_string(size);
  return out + "]";
}

}  // namespace elbow
