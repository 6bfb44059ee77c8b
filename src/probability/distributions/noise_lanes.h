#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

// Plain loops over small arrays: the compiler vectorises them for each machine. The operations are
// IEEE basic ones in one order (-ffp-contract=off), so every clone gives the same bits; std::log
// and std::sin would not, since their vector forms round otherwise.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define ELBOW_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ELBOW_CLONES
#endif

namespace elbow::noise_lanes {

constexpr int kNoiseLanes = 64;

struct Counters {
  alignas(64) std::uint32_t word[4][kNoiseLanes];
};
struct Pairs {
  alignas(64) double first[kNoiseLanes];
  alignas(64) double second[kNoiseLanes];
};

[[gnu::always_inline]] inline void philox_lanes(std::uint64_t key, Counters& counters) {
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < kNoiseLanes; ++i) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * counters.word[0][i];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * counters.word[2][i];
      counters.word[0][i] = static_cast<std::uint32_t>(p1 >> 32) ^ counters.word[1][i] ^ k0;
      counters.word[1][i] = static_cast<std::uint32_t>(p1);
      counters.word[2][i] = static_cast<std::uint32_t>(p0 >> 32) ^ counters.word[3][i] ^ k1;
      counters.word[3][i] = static_cast<std::uint32_t>(p0);
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

// uniform_from_bits(low, high) without the slow conversion of 64-bit integers: 52 bits become the
// mantissa of a number in [1, 2); the half step keeps 0 out.
[[gnu::always_inline]] inline double unit_interval(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = (((std::uint64_t{high} << 32) | low) >> 12) | 0x3FF0000000000000u;
  double one_to_two;
  std::memcpy(&one_to_two, &bits, sizeof bits);
  return (one_to_two - 1.0) + 0x1p-53;
}

[[gnu::always_inline]] inline void uniforms(const Counters& bits, Pairs& out) {
  for (int i = 0; i < kNoiseLanes; ++i) {
    out.first[i] = unit_interval(bits.word[0][i], bits.word[1][i]);
    out.second[i] = unit_interval(bits.word[2][i], bits.word[3][i]);
  }
}

// ln u for u in (0, 1). u = 2^n m with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh(s), s =
// (m-1)/(m+1), |s| < 0.1716: ten terms of the series leave 3e-17.
[[gnu::always_inline]] inline double natural_log(double u) {
  std::uint64_t bits;
  std::memcpy(&bits, &u, sizeof bits);
  // Shifts the bits so that the exponent field counts from sqrt(1/2).
  const std::uint64_t moved = bits - 0x3FE6A09E667F3BCDu;
  const std::uint64_t mantissa = (moved & 0x000FFFFFFFFFFFFFu) + 0x3FE6A09E667F3BCDu;
  double m;
  std::memcpy(&m, &mantissa, sizeof m);
  // n as a double: its 12 bits, offset by 2048, under the exponent of 2^52.
  const std::uint64_t biased = (((moved >> 52) + 2048u) & 0xFFFu) | 0x4330000000000000u;
  double n;
  std::memcpy(&n, &biased, sizeof n);
  n = n - (0x1p52 + 2048.0);
  const double s = (m - 1.0) / (m + 1.0), z = s * s;
  double p = 1.0 / 21;
  p = p * z + 1.0 / 19;
  p = p * z + 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  return n * 0.69314718055994530942 + (2.0 * s + 2.0 * s * z * p);
}

// (cos, sin)(2 pi u). The quarter turns are split off exactly; Taylor on |angle| <= pi/4 leaves
// 1e-17.
[[gnu::always_inline]] inline void unit_circle(double u, double& cosine, double& sine) {
  constexpr double kMagic = 0x1.8p52;  // adding it rounds to an integer
  const double shifted = 4.0 * u + kMagic;
  const double angle = (4.0 * u - (shifted - kMagic)) * 1.57079632679489661923;
  std::uint64_t quarter;
  std::memcpy(&quarter, &shifted, sizeof quarter);
  const double z = angle * angle;
  double s = 1.0 / 355687428096000.0;
  s = s * z - 1.0 / 1307674368000.0;
  s = s * z + 1.0 / 6227020800.0;
  s = s * z - 1.0 / 39916800.0;
  s = s * z + 1.0 / 362880.0;
  s = s * z - 1.0 / 5040.0;
  s = s * z + 1.0 / 120.0;
  s = s * z - 1.0 / 6.0;
  s = angle + angle * z * s;
  double c = 1.0 / 20922789888000.0;
  c = c * z - 1.0 / 87178291200.0;
  c = c * z + 1.0 / 479001600.0;
  c = c * z - 1.0 / 3628800.0;
  c = c * z + 1.0 / 40320.0;
  c = c * z - 1.0 / 720.0;
  c = c * z + 1.0 / 24.0;
  c = c * z - 0.5;
  c = 1.0 + z * c;
  // Quarter q turns (c, s) into (c, s), (-s, c), (-c, -s), (s, -c): chosen and signed bit by bit.
  std::uint64_t c_bits, s_bits;
  std::memcpy(&c_bits, &c, sizeof c);
  std::memcpy(&s_bits, &s, sizeof s);
  const std::uint64_t swap = std::uint64_t{0} - (quarter & 1u);
  const std::uint64_t c_sign = ((quarter ^ (quarter >> 1)) & 1u) << 63;
  const std::uint64_t s_sign = ((quarter >> 1) & 1u) << 63;
  const std::uint64_t new_c = ((c_bits & ~swap) | (s_bits & swap)) ^ c_sign;
  const std::uint64_t new_s = ((s_bits & ~swap) | (c_bits & swap)) ^ s_sign;
  std::memcpy(&cosine, &new_c, sizeof c);
  std::memcpy(&sine, &new_s, sizeof s);
}

[[gnu::always_inline]] inline void box_muller(Pairs& pairs) {
  for (int i = 0; i < kNoiseLanes; ++i) {
    const double radius = __builtin_sqrt(-2.0 * natural_log(pairs.first[i]));
    double cosine, sine;
    unit_circle(pairs.second[i], cosine, sine);
    pairs.first[i] = radius * cosine;
    pairs.second[i] = radius * sine;
  }
}

}  // namespace elbow::noise_lanes
