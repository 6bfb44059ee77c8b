#pragma once

#include "simd_functions.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// Values of a function of the plane with both derivatives: a formula written once gives its
/// gradient (forward mode).
template <class Real>
struct Dual {
  using V = VecOf<Real>;
  V value, by_x, by_y;

  /// f(u), whose derivative at u is `slope`.
  ELBOW_INLINE Dual through(V f, V slope) const { return {f, slope * by_x, slope * by_y}; }
};

template <class Real>
ELBOW_INLINE Dual<Real> operator+(const Dual<Real>& a, const Dual<Real>& b) {
  return {a.value + b.value, a.by_x + b.by_x, a.by_y + b.by_y};
}
template <class Real>
ELBOW_INLINE Dual<Real> operator-(const Dual<Real>& a, const Dual<Real>& b) {
  return {a.value - b.value, a.by_x - b.by_x, a.by_y - b.by_y};
}
template <class Real>
ELBOW_INLINE Dual<Real> operator*(const Dual<Real>& a, Real factor) {
  return {a.value * factor, a.by_x * factor, a.by_y * factor};
}
template <class Real>
ELBOW_INLINE Dual<Real> operator+(const Dual<Real>& a, Real constant) {
  return {a.value + constant, a.by_x, a.by_y};
}
template <class Real>
ELBOW_INLINE Dual<Real> square(const Dual<Real>& u) {
  return u.through(u.value * u.value, u.value * Real(2));
}
template <class Real>
ELBOW_INLINE Dual<Real> exp(const Dual<Real>& u) {
  const VecOf<Real> e = exp_of<Real>(u.value);
  return u.through(e, e);
}
template <class Real>
ELBOW_INLINE Dual<Real> sigmoid(const Dual<Real>& u) {
  const VecOf<Real> s = sigmoid_of<Real>(u.value);
  return u.through(s, s * (Real(1) - s));
}
/// ln(e^a + e^b)
template <class Real>
ELBOW_INLINE Dual<Real> log_add_exp(const Dual<Real>& a, const Dual<Real>& b) {
  const VecOf<Real> difference = b.value - a.value, share = sigmoid_of<Real>(difference);
  const VecOf<Real> rest = Real(1) - share;
  return {a.value + softplus_of<Real>(difference),
          rest * a.by_x + share * b.by_x,
          rest * a.by_y + share * b.by_y};
}
/// sqrt(a^2 + b^2), with the gradient 0 at the origin.
template <class Real>
ELBOW_INLINE Dual<Real> length(const Dual<Real>& a, const Dual<Real>& b) {
  const Dual<Real> squared = square(a) + square(b);
  VecOf<Real> root;
  for (int i = 0; i < kLanesOf<Real>; ++i) root[i] = __builtin_sqrt(squared.value[i]);
  const VecOf<Real> slope = Real(0.5) / root;
  return squared.through(root, root > Real(0) ? slope : VecOf<Real>{});
}

/// sin(pi z / 2) and cos(pi z / 2): of quarter turns the whole ones are split off exactly, however
/// many they are.
template <class Real>
struct Circle {
  VecOf<Real> sine, cosine;
};
template <class Real>
ELBOW_INLINE Circle<Real> quarter_turns(VecOf<Real> z) {
  constexpr Real kRound = sizeof(Real) == sizeof(double) ? Real(0x1.8p52) : Real(0x1.8p23);
  const VecOf<Real> shifted = z + kRound;
  const VecOf<Real> angle = (z - (shifted - kRound)) * Real(1.57079632679489661923);
  const VecOf<Real> square = angle * angle;
  // Taylor on |angle| <= pi / 4 leaves 1e-17.
  constexpr Real kSine[] = {Real(1.0 / 355687428096000.0),
                            Real(-1.0 / 1307674368000.0),
                            Real(1.0 / 6227020800.0),
                            Real(-1.0 / 39916800.0),
                            Real(1.0 / 362880.0),
                            Real(-1.0 / 5040.0),
                            Real(1.0 / 120.0),
                            Real(-1.0 / 6.0)};
  constexpr Real kCosine[] = {Real(1.0 / 20922789888000.0),
                              Real(-1.0 / 87178291200.0),
                              Real(1.0 / 479001600.0),
                              Real(-1.0 / 3628800.0),
                              Real(1.0 / 40320.0),
                              Real(-1.0 / 720.0),
                              Real(1.0 / 24.0),
                              Real(-0.5)};
  VecOf<Real> s = broadcast_of<Real>(kSine[0]), c = broadcast_of<Real>(kCosine[0]);
  for (int i = 1; i < 8; ++i) {
    s = s * square + kSine[i];
    c = c * square + kCosine[i];
  }
  s = angle + angle * square * s;
  c = square * c + Real(1);
  // Of q quarter turns more, (c, s) becomes (c, s), (-s, c), (-c, -s), (s, -c).
  const BitsOf<Real> quarter = bits_of_real<Real>(shifted);
  const auto is_odd = (quarter & 1) != 0;
  const auto is_sine_negative = (quarter & 2) != 0, is_cosine_negative = ((quarter + 1) & 2) != 0;
  const VecOf<Real> sine = is_odd ? c : s, cosine = is_odd ? s : c;
  return {is_sine_negative ? -sine : sine, is_cosine_negative ? -cosine : cosine};
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
