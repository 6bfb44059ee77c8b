#pragma once

#include "simd_math.h"
#include "simd_real.h"

// Functions of vectors of either precision: exp_of<Real>, log_of<Real>, and what follows from them.
// Not-a-numbers stay.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// x = n ln 2 + r with |r| <= ln 2 / 2: 2^n in two factors, which neither overflow nor vanish
/// before the product does, and e^r - 1.
template <class Real>
struct ExpParts {
  VecOf<Real> first, second, rest;
};

ELBOW_INLINE ExpParts<double> exp_parts(Vec x) {
  // As exp of simd_math.h.
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
  const Vec half = n * 0.5 + kRounder;
  return {power_of_two(half),
          power_of_two((n - (half - kRounder)) + kRounder),
          square * (r * polynomial(square, kOdd) + polynomial(square, kEven)) + r};
}

ELBOW_INLINE FloatVec float_power_of_two(FloatVec rounded) {
  return real_of_bits<float>((bits_of_real<float>(rounded) << 23) + 0x3f800000u);
}

ELBOW_INLINE ExpParts<float> exp_parts(FloatVec x) {
  constexpr float kFloatRounder = 0x1.8p23f;
  // ln 2 in two parts; the first has 15 bits, so that an exponent times it is exact.
  constexpr float kHigh = 0x1.62e4p-1f, kLow = 1.42860677e-6f;
  const FloatVec low = broadcast_of<float>(-104.0f), high = broadcast_of<float>(89.0f);
  x = x < low ? low : x;
  x = x > high ? high : x;
  const FloatVec n = (x * 1.44269504088896341f + kFloatRounder) - kFloatRounder;
  const FloatVec r = (x - n * kHigh) - n * kLow;
  // Taylor to degree 7: the remainder is 5e-9.
  FloatVec p = broadcast_of<float>(1.0f / 5040.0f);
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  const FloatVec half = n * 0.5f + kFloatRounder;
  return {float_power_of_two(half),
          float_power_of_two((n - (half - kFloatRounder)) + kFloatRounder),
          p * (r * r) + r};
}

/// e^x, within 2 ulp.
template <class Real>
ELBOW_INLINE VecOf<Real> exp_of(VecOf<Real> x) {
  const ExpParts<Real> parts = exp_parts(x);
  return (parts.rest + Real(1)) * parts.first * parts.second;
}

/// e^x - 1, to some ulp of the result however small x is.
template <class Real>
ELBOW_INLINE VecOf<Real> expm1_of(VecOf<Real> x) {
  const ExpParts<Real> parts = exp_parts(x);
  const VecOf<Real> scale = parts.first * parts.second;
  return parts.rest * scale + (scale - Real(1));
}

/// ln(x) of normal x > 0, as log_of_normal of simd_math.h.
ELBOW_INLINE FloatVec float_log_of_normal(FloatVec x) {
  constexpr std::uint32_t kOne = 0x3f800000u, kSqrtHalf = 0x3f3504f3u;
  constexpr float kHigh = 0x1.62e4p-1f, kLow = 1.42860677e-6f;
  const FloatBits shifted = bits_of_real<float>(x) + (kOne - kSqrtHalf);
  const FloatVec f = real_of_bits<float>((shifted & 0x007fffffu) + kSqrtHalf) - 1.0f;
  const FloatVec e = real_of_bits<float>((shifted >> 23) | 0x4b000000u) - (8388608.0f + 127.0f);
  const FloatVec s = f / (f + 2.0f);
  const FloatVec z = s * s;
  const FloatVec half_square = f * f * 0.5f;
  // 2 / 3, 2 / 5, ... of the series of the inverse hyperbolic tangent; the remainder is 2e-9.
  FloatVec p = broadcast_of<float>(2.0f / 9.0f);
  p = p * z + 2.0f / 7.0f;
  p = p * z + 2.0f / 5.0f;
  p = p * z + 2.0f / 3.0f;
  const FloatVec small = s * (half_square + z * p) + e * kLow;
  return e * kHigh - ((half_square - small) - f);
}

/// ln(x), within 2 ulp; of 0 -inf, of negative numbers NaN. Subnormal float32 are taken for 0.
template <class Real>
ELBOW_INLINE VecOf<Real> log_of(VecOf<Real> x) {
  if constexpr (sizeof(Real) == sizeof(double)) {
    return log(x);
  } else {
    const FloatVec infinity = broadcast_of<float>(__builtin_inff());
    const FloatVec at_edge =
        x < 0.0f ? broadcast_of<float>(__builtin_nanf("")) : (x < 0x1p-126f ? -infinity : x);
    return ((x >= 0x1p-126f) & (x < infinity)) ? float_log_of_normal(x) : at_edge;
  }
}

template <class Real>
ELBOW_INLINE VecOf<Real> magnitude_of(VecOf<Real> v) {
  return real_of_bits<Real>(bits_of_real<Real>(v) & (~(BitsOf<Real>{}) >> 1));
}

/// `size` with the sign of `sign`.
template <class Real>
ELBOW_INLINE VecOf<Real> with_sign_of(VecOf<Real> size, VecOf<Real> sign) {
  const BitsOf<Real> mask = ~(~(BitsOf<Real>{}) >> 1);
  return real_of_bits<Real>((bits_of_real<Real>(size) & ~mask) | (bits_of_real<Real>(sign) & mask));
}

/// ln(1 + x), to some ulp of the result however small x is; -inf at -1, NaN below.
template <class Real>
ELBOW_INLINE VecOf<Real> log1p_of(VecOf<Real> x) {
  const VecOf<Real> sum = x + Real(1);
  // What the sum lost, to first order; nothing at the edges, where it would be 0 / 0.
  const VecOf<Real> lost = (x - (sum - Real(1))) / sum;
  const VecOf<Real> infinity = broadcast_of<Real>(static_cast<Real>(kInfinity));
  const VecOf<Real> value = log_of<Real>(sum);
  return ((sum > Real(0)) & (sum < infinity)) ? value + lost : value;
}

/// tanh(x) = t / (t + 2), t = e^(2x) - 1.
template <class Real>
ELBOW_INLINE VecOf<Real> tanh_of(VecOf<Real> x) {
  const VecOf<Real> size = magnitude_of<Real>(x);
  const VecOf<Real> most = broadcast_of<Real>(Real(20));
  const VecOf<Real> doubled = (size > most ? most : size) * Real(2);
  const VecOf<Real> t = expm1_of<Real>(doubled);
  return with_sign_of<Real>(t / (t + Real(2)), x);
}

/// 1 / (1 + e^-x), without overflow on either side.
template <class Real>
ELBOW_INLINE VecOf<Real> sigmoid_of(VecOf<Real> x) {
  const VecOf<Real> e = exp_of<Real>(-magnitude_of<Real>(x));
  const VecOf<Real> reciprocal = Real(1) / (e + Real(1));
  return x < Real(0) ? e * reciprocal : reciprocal;
}

/// ln(1 + e^x)
template <class Real>
ELBOW_INLINE VecOf<Real> softplus_of(VecOf<Real> x) {
  const VecOf<Real> positive = x < Real(0) ? VecOf<Real>{} : x;
  return positive + log1p_of<Real>(exp_of<Real>(-magnitude_of<Real>(x)));
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
