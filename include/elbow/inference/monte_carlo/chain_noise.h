#pragma once

#include <cmath>
#include <cstdint>

#include "elbow/foundations/core/philox.h"

namespace elbow {

/// The random numbers of one chain in one iteration, in the order in which they are asked for: a
/// function of its key alone, so that a chain that is resumed goes on with the same ones.
class ChainNoise {
 public:
  explicit ChainNoise(std::uint64_t key) : key_(key) {}
  /// Of a chain at an iteration.
  static ChainNoise of(std::uint64_t seed, std::int64_t iteration, std::int64_t chain) {
    return ChainNoise(derive_key(seed,
                                 Purpose::markov_chain,
                                 static_cast<std::uint64_t>(iteration),
                                 static_cast<std::uint64_t>(chain)));
  }
  /// In (0, 1).
  double uniform() {
    const auto bits = next();
    return uniform_from_bits(bits[0], bits[1]);
  }
  /// Box, Muller, 1958: the first of the two.
  double normal() {
    constexpr double kTwoPi = 6.28318530717958647692;
    const auto bits = next();
    const double radius = std::sqrt(-2 * std::log(uniform_from_bits(bits[0], bits[1])));
    return radius * std::cos(kTwoPi * uniform_from_bits(bits[2], bits[3]));
  }

 private:
  std::array<std::uint32_t, 4> next() {
    const std::uint64_t at = count_++;
    return philox(key_,
                  {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at >> 32), 0, 0});
  }
  std::uint64_t key_, count_ = 0;
};

}  // namespace elbow
