#pragma once

#include <cstdint>

namespace elbow {

/// Equal steps: lowest + k * step for k = 0 to num_levels - 1.
struct LevelGrid {
  std::int64_t num_levels = 256;
  double lowest = 0;
  double step = 1.0 / 255;

  double largest() const { return lowest + static_cast<double>(num_levels - 1) * step; }
  double centre() const { return (lowest + largest()) / 2; }
  double half_width() const { return (largest() - lowest) / 2; }
};

}  // namespace elbow
