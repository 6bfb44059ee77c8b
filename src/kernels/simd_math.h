#pragma once

#include "simd.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

constexpr double kInfinity = __builtin_inf();
// Adding it leaves the nearest integer in the low bits of the sum, as two's complement.
constexpr double kRounder = 0x1.8p52;
// ln 2 in two parts; the first has 32 bits, so that an exponent times it is exact.
constexpr double kLog2High = 0x1.62e42feep-1, kLog2Low = 0x1.a39ef35793c76p-33;
constexpr double kHalfLog2Pi = 0.91893853320467274178;

/// Horner's rule; coefficients from the highest power.
template <int kCount>
ELBOW_INLINE Vec polynomial(Vec x, const double (&coefficients)[kCount]) {
  Vec sum = broadcast(coefficients[0]);
  for (int i = 1; i < kCount; ++i) sum = sum * x + coefficients[i];
  return sum;
}

/// 2^n; the low bits of `rounded` hold n.
ELBOW_INLINE Vec power_of_two(Vec rounded) {
  return from_bits((bits_of(rounded) << 52) + 0x3ff0000000000000ULL);
}

ELBOW_INLINE Vec exp(Vec x) {
  // exp(r) = 1 + r + r^2 (even(r^2) + r odd(r^2)) for |r| <= ln 2 / 2:
  // scripts/make_kernel_polynomials.py.
  constexpr double kEven[] = {0x1.289185613a3d6p-22,
                              0x1.a019b90d2ae7ap-16,
                              0x1.6c16c1788bd90p-10,
                              0x1.5555555553d63p-5,
                              0x1.0000000000001p-1};
  constexpr double kOdd[] = {0x1.af38a9b0ec855p-26,
                             0x1.71de0dae63bb3p-19,
                             0x1.a01a01a7c41d5p-13,
                             0x1.11111111109b3p-7,
                             0x1.5555555555556p-3};
  x = at_most(at_least(x, -746.0), 710.0);
  const Vec n = (x * 0x1.71547652b82fep0 + kRounder) - kRounder;
  const Vec r = (x - n * kLog2High) - n * kLog2Low;
  const Vec square = r * r;
  const Vec rest = r * polynomial(square, kOdd) + polynomial(square, kEven);
  const Vec value = (square * rest + r) + 1.0;
  // In two steps: 2^n alone would overflow below 710 and miss the subnormal numbers.
  const Vec half = n * 0.5 + kRounder;
  return value * power_of_two(half) * power_of_two((n - (half - kRounder)) + kRounder);
}

/// log(2^exponent x) for normal x > 0 and an integer exponent.
ELBOW_INLINE Vec log_of_normal(Vec x, Vec exponent = Vec{}) {
  // log((1 + s) / (1 - s)) = 2 s + s^3 p(s^2) for 1 + f in [sqrt(1/2), sqrt(2)), s = f / (2 + f).
  constexpr double kRest[] = {0x1.2b584aae78a57p-3,
                              0x1.39fe606542ddep-3,
                              0x1.7462b4ab2ef6bp-3,
                              0x1.c71c62e5800a1p-3,
                              0x1.2492492df148dp-2,
                              0x1.99999999952e2p-2,
                              0x1.5555555555558p-1};
  constexpr std::uint64_t kOne = 0x3ff0000000000000ULL, kSqrtHalf = 0x3fe6a09e667f3bcdULL;
  const Bits shifted = bits_of(x) + (kOne - kSqrtHalf);
  const Vec f = from_bits((shifted & 0x000fffffffffffffULL) + kSqrtHalf) - 1.0;
  // The exponent as a double: placed into the mantissa of 2^52.
  const Vec e = (from_bits((shifted >> 52) | 0x4330000000000000ULL) - (0x1p52 + 1023.0)) + exponent;
  const Vec s = f / (f + 2.0);
  const Vec z = s * s;
  const Vec half_square = f * f * 0.5;
  // 2 s = f - s f, and s f = f^2 / 2 - s f^2 / 2: the large part f stays exact.
  const Vec small = s * (half_square + z * polynomial(z, kRest)) + e * kLog2Low;
  return e * kLog2High - ((half_square - small) - f);
}

ELBOW_INLINE Vec log(Vec x) {
  const auto is_small = x < 0x1p-1022;
  const Vec value = log_of_normal(is_small ? x * 0x1p54 : x, is_small ? broadcast(-54.0) : Vec{});
  const Vec at_edge =
      x == 0.0 ? broadcast(-kInfinity) : (x < 0.0 ? broadcast(__builtin_nan("")) : x);
  return ((x > 0.0) & (x < kInfinity)) ? value : at_edge;
}

/// x moved up to y = x + 10 when it is below 10, and what the recurrence costs.
struct Shift {
  Vec y;
  Vec product;     ///< x (x + 1) ... (x + 9), or 1
  Vec derivative;  ///< of the product by w = x (x + 9), or 0
};

ELBOW_INLINE Shift shift_up(Vec x) {
  const auto is_low = x < 10.0;
  const Vec w = x * (x + 9.0);
  Vec product = w, derivative = broadcast(1.0);
  constexpr double kConstants[] = {8.0, 14.0, 18.0, 20.0};
  for (const double constant : kConstants) {
    const Vec factor = w + constant;
    derivative = derivative * factor + product;
    product = product * factor;
  }
  return {is_low ? x + 10.0 : x, is_low ? product : broadcast(1.0), is_low ? derivative : Vec{}};
}

ELBOW_INLINE Vec digamma(Vec x) {
  // B_2k / (2k), k = 7 ... 1.
  constexpr double kSeries[] = {
      1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12};
  const Shift shift = shift_up(x);
  // One division for both reciprocals.
  const Vec inverse = 1.0 / (shift.product * shift.y);
  const Vec reciprocals = (x * 2.0 + 9.0) * shift.derivative * (shift.y * inverse);
  const Vec u = shift.product * inverse;
  const Vec series = u * (u * polynomial(u * u, kSeries) + 0.5);
  return (log_of_normal(shift.y) - reciprocals) - series;
}

/// Replaces a digamma value next to the root, where the difference of two numbers near 2.2 leaves
/// an error of 2e-15.
ELBOW_INLINE Vec digamma_at_root(Vec x, Vec elsewhere) {
  // digamma(root + t) / t for |t| <= 1/16: scripts/make_kernel_polynomials.py.
  constexpr double kSlope[] = {0x1.73c2f99bc8977p-6,
                               -0x1.10c5030adbcccp-5,
                               0x1.8fcd707b5ce9ep-5,
                               -0x1.27ba4f25f4c28p-4,
                               0x1.b9a5b64b5fe2cp-4,
                               -0x1.4fc1318135ba5p-3,
                               0x1.08b4294d4fd68p-2,
                               -0x1.c563b54aa114ap-2,
                               0x1.ef72bc8ee38acp-1};
  constexpr double kRootHigh = 0x1.762d86356be3fp+0, kRootLow = 0x1.b86a722197829p-54;
  const Vec t = (x - kRootHigh) - kRootLow;
  return magnitude(t) < 0.0625 ? t * polynomial(t, kSlope) : elsewhere;
}

ELBOW_INLINE Vec trigamma(Vec x) {
  // B_2k, k = 7 ... 1.
  constexpr double kSeries[] = {
      7.0 / 6, -691.0 / 2730, 5.0 / 66, -1.0 / 30, 1.0 / 42, -1.0 / 30, 1.0 / 6};
  const auto is_low = x < 10.0;
  Vec sum{};
  for (int i = 9; i >= 0; --i) {
    const Vec term = 1.0 / (x + double(i));
    sum = sum + term * term;
  }
  const Vec u = 1.0 / (is_low ? x + 10.0 : x);
  const Vec square = u * u;
  return (is_low ? sum : Vec{}) + (u + square * (u * polynomial(square, kSeries) + 0.5));
}

ELBOW_INLINE Vec lgamma(Vec x) {
  // B_2k / (2k (2k - 1)), k = 7 ... 1.
  constexpr double kSeries[] = {
      1.0 / 156, -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12};
  const Shift shift = shift_up(x);
  const Vec u = 1.0 / shift.y;
  const Vec value = (shift.y - 0.5) * (log_of_normal(shift.y) - 1.0) +
                    (u * polynomial(u * u, kSeries) + (kHalfLog2Pi - 0.5));
  return value - log(shift.product);
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
