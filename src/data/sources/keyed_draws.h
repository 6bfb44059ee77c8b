#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "elbow/foundations/core/philox.h"

namespace elbow::data {

/// Random numbers of synthetic sets, each a pure function of (key, stream, row, column). A stream
/// is asked for normal or for uniform numbers, not for both: they share bits.
class KeyedDraws {
 public:
  explicit KeyedDraws(std::uint64_t key) : key_(key) {}

  /// Standard normal, by Box and Muller.
  double normal(std::uint32_t stream, std::int64_t row, std::int64_t column) const {
    constexpr double kTwoPi = 6.283185307179586476925;
    const auto bits = at(stream, row, column / 2);
    const double radius = std::sqrt(-2.0 * std::log(uniform_from_bits(bits[0], bits[1])));
    const double angle = kTwoPi * uniform_from_bits(bits[2], bits[3]);
    return radius * (column % 2 == 0 ? std::cos(angle) : std::sin(angle));
  }

  /// Uniform in (0, 1).
  double uniform(std::uint32_t stream, std::int64_t row, std::int64_t column) const {
    const auto bits = at(stream, row, column);
    return uniform_from_bits(bits[0], bits[1]);
  }

 private:
  std::array<std::uint32_t, 4> at(std::uint32_t stream,
                                  std::int64_t row,
                                  std::int64_t column) const {
    return philox(key_,
                  {static_cast<std::uint32_t>(column),
                   static_cast<std::uint32_t>(row),
                   static_cast<std::uint32_t>(row >> 32),
                   stream});
  }

  std::uint64_t key_;
};

}  // namespace elbow::data
