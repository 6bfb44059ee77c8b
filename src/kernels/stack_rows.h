#pragma once

#include "simd_functions.h"

// What the layers of a stack share: a block of rows, one in each lane, and its parameters.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// Constrained parameters that all rows share.
template <class Real>
struct SharedReady {
  static constexpr int kStep = 1;
  const Real* first;
  ELBOW_INLINE VecOf<Real> operator[](std::int64_t i) const { return broadcast_of<Real>(first[i]); }
};

/// Those of one row in each lane.
template <class Real>
struct RowReady {
  static constexpr int kStep = kLanesOf<Real>;
  const Real* first;
  ELBOW_INLINE VecOf<Real> operator[](std::int64_t i) const {
    return load_of<Real>(first + i * kStep);
  }
};

/// tanh(x), for layers that take as many of them as they have rows: in float32 a quotient of two
/// polynomials of x^2, fitted for the least relative error (2e-8) up to 9, from where on tanh is 1.
/// Within 6 ulp, and never above 1.
template <class Real>
ELBOW_INLINE VecOf<Real> bump_of(VecOf<Real> x) {
  if constexpr (sizeof(Real) == sizeof(double)) {
    return tanh_of<Real>(x);
  } else {
    const FloatVec most = broadcast_of<float>(9.0f), one = broadcast_of<float>(1.0f);
    x = x > most ? most : x;
    x = x < -most ? -most : x;
    const FloatVec y = x * x;
    FloatVec p = y * 1.3355083182788313e-08f + 2.060943534578588e-05f;
    p = p * y + 3.495611603485018e-03f;
    p = p * y + 1.3381046127498e-01f;
    p = p * y + 9.999999796542404e-01f;
    FloatVec q = y * 7.776745506816398e-07f + 3.2856717910867064e-04f;
    q = q * y + 2.5877073666763863e-02f;
    q = q * y + 4.671436178670897e-01f;
    q = q * y + 1.0f;
    const FloatVec out = x * p / q;
    const FloatVec bounded = out > one ? one : out;
    return bounded < -one ? -one : bounded;
  }
}

/// A sum of logarithms, and a product whose logarithm is still to be added: one logarithm for
/// several layers.
template <class Real, int kVectors>
struct LogDeterminant {
  VecOf<Real> sum[kVectors], product[kVectors];
  ELBOW_INLINE void clear() {
    for (int v = 0; v < kVectors; ++v) {
      sum[v] = VecOf<Real>{};
      product[v] = broadcast_of<Real>(1);
    }
  }
  ELBOW_INLINE void load(const Real* p) {
    for (int v = 0; v < kVectors; ++v) {
      sum[v] = load_of<Real>(p + 2 * v * kLanesOf<Real>);
      product[v] = load_of<Real>(p + (2 * v + 1) * kLanesOf<Real>);
    }
  }
  ELBOW_INLINE void store(Real* p) const {
    for (int v = 0; v < kVectors; ++v) {
      store_of<Real>(p + 2 * v * kLanesOf<Real>, sum[v]);
      store_of<Real>(p + (2 * v + 1) * kLanesOf<Real>, product[v]);
    }
  }
  ELBOW_INLINE void take_logarithms() {
    for (int v = 0; v < kVectors; ++v) {
      sum[v] += log_of<Real>(product[v]);
      product[v] = broadcast_of<Real>(1);
    }
  }
};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
