#pragma once

#include <array>
#include <cmath>

namespace elbow::programs {

/// A number with its derivatives in up to three variables, for special functions that are series
/// and continued fractions: what such a loop calculates, it differentiates.
struct Dual {
  double v = 0;
  std::array<double, 3> d{};

  Dual() = default;
  Dual(double value) : v(value) {}  // NOLINT(google-explicit-constructor): constants in formulas
  static Dual variable(double value, std::size_t index) {
    Dual out(value);
    out.d[index] = 1;
    return out;
  }
};

/// f(x) given its value and derivative.
inline Dual chain(const Dual& x, double value, double slope) {
  Dual out(value);
  for (std::size_t i = 0; i < 3; ++i) out.d[i] = x.d[i] == 0 ? 0 : slope * x.d[i];
  return out;
}

inline Dual operator+(const Dual& x, const Dual& y) {
  Dual out(x.v + y.v);
  for (std::size_t i = 0; i < 3; ++i) out.d[i] = x.d[i] + y.d[i];
  return out;
}
inline Dual operator-(const Dual& x) { return chain(x, -x.v, -1); }
inline Dual operator-(const Dual& x, const Dual& y) { return x + -y; }
inline Dual operator*(const Dual& x, const Dual& y) {
  Dual out(x.v * y.v);
  for (std::size_t i = 0; i < 3; ++i) out.d[i] = x.d[i] * y.v + x.v * y.d[i];
  return out;
}
inline Dual reciprocal(const Dual& x) { return chain(x, 1 / x.v, -1 / (x.v * x.v)); }
inline Dual operator/(const Dual& x, const Dual& y) {
  const double quotient = x.v / y.v;
  Dual out(quotient);
  for (std::size_t i = 0; i < 3; ++i) out.d[i] = (x.d[i] - quotient * y.d[i]) / y.v;
  return out;
}

inline Dual log(const Dual& x) { return chain(x, std::log(x.v), 1 / x.v); }
inline Dual log1p(const Dual& x) { return chain(x, std::log1p(x.v), 1 / (1 + x.v)); }
/// log(1 - e^x) for x < 0.
inline Dual log_one_minus_exp(const Dual& x) {
  const double value = x.v > -0.69 ? std::log(-std::expm1(x.v)) : std::log1p(-std::exp(x.v));
  return chain(x, value, std::exp(x.v) / std::expm1(x.v));
}

}  // namespace elbow::programs
