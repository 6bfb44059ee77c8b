#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace elbow {

/// What a stateless draw is for: two purposes never share random bits.
enum class Purpose : std::uint32_t {
  data_order = 1,
  binarize = 2,
  training_noise = 3,
  evaluation_noise = 4,
  initialisation = 5,
  sampling = 6,
  subset = 7,
  synthetic = 8,
  static_binarize = 9,
  split = 10,
  reconstruct = 11,
  refinement = 12,
  diagnosis = 13,
  shared_latents = 14,
  markov_chain = 15,
};

/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror, Shaw,
/// "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3.
/// The same bits on every device: a draw is a pure function of key and counter.
inline std::array<std::uint32_t, 4> philox(std::uint64_t key,
                                           std::array<std::uint32_t, 4> counter) {
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ k0,
               static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ k1,
               static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return counter;
}

/// A coordinate for a name (FNV-1a, 64 bits).
inline std::uint64_t key_of_name(const std::string& name) {
  std::uint64_t out = 0xCBF29CE484222325u;
  for (const unsigned char c : name) out = (out ^ c) * 0x100000001B3u;
  return out;
}

/// Mixes a seed and up to three coordinates into one 64-bit key.
/// Used as philox key, and to seed a generator per training step.
inline std::uint64_t derive_key(std::uint64_t seed,
                                Purpose purpose,
                                std::uint64_t a = 0,
                                std::uint64_t b = 0) {
  const auto first = philox(seed,
                            {static_cast<std::uint32_t>(purpose),
                             static_cast<std::uint32_t>(a),
                             static_cast<std::uint32_t>(a >> 32),
                             0x656C626Fu});
  const std::uint64_t mixed = (std::uint64_t{first[1]} << 32) | first[0];
  const auto second = philox(
      mixed,
      {static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(b >> 32), first[2], first[3]});
  return (std::uint64_t{second[1]} << 32) | second[0];
}

/// Uniform in (0, 1] from 24 bits: never 0; the half step of the greatest rounds to 1.
inline float uniform_from_bits(std::uint32_t bits) {
  return (static_cast<float>(bits >> 8) + 0.5f) * (1.0f / 16777216.0f);
}

/// Uniform in (0, 1) from 53 of 64 bits.
inline double uniform_from_bits(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = (std::uint64_t{high} << 32) | low;
  return (static_cast<double>(bits >> 12) + 0.5) * (1.0 / 4503599627370496.0);
}

}  // namespace elbow
