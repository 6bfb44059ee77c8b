#pragma once

#include "simd.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

// Vectors of either precision, for kernels that are templates of it. Those of double are those of
// simd.h.
template <class Real>
struct VectorTypes;

template <>
struct VectorTypes<double> {
  using Values = Vec;
  using Words = Bits;
  using Unaligned = UnalignedVec;
};

template <>
struct VectorTypes<float> {
  using Values = float __attribute__((vector_size(kVectorBytes)));
  using Words = std::uint32_t __attribute__((vector_size(kVectorBytes)));
  using Unaligned = float __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
};

template <class Real>
using VecOf = typename VectorTypes<Real>::Values;
template <class Real>
using BitsOf = typename VectorTypes<Real>::Words;
using FloatVec = VecOf<float>;
using FloatBits = BitsOf<float>;

template <class Real>
constexpr int kLanesOf = kVectorBytes / static_cast<int>(sizeof(Real));

template <class Real>
ELBOW_INLINE VecOf<Real> load_of(const Real* p) {
  return *reinterpret_cast<const typename VectorTypes<Real>::Unaligned*>(p);
}
template <class Real>
ELBOW_INLINE void store_of(Real* p, VecOf<Real> v) {
  *reinterpret_cast<typename VectorTypes<Real>::Unaligned*>(p) = v;
}
template <class Real>
ELBOW_INLINE VecOf<Real> broadcast_of(Real value) {
  return value - VecOf<Real>{};
}
template <class Real>
ELBOW_INLINE BitsOf<Real> bits_of_real(VecOf<Real> v) {
  return reinterpret_cast<BitsOf<Real>>(v);
}
template <class Real>
ELBOW_INLINE VecOf<Real> real_of_bits(BitsOf<Real> b) {
  return reinterpret_cast<VecOf<Real>>(b);
}

/// The first `count` lanes from memory, the others `filler`.
template <class Real>
ELBOW_INLINE VecOf<Real> load_partial_of(const Real* p, std::int64_t count, Real filler) {
  Real lanes[kLanesOf<Real>];
  for (int i = 0; i < kLanesOf<Real>; ++i) lanes[i] = i < count ? p[i] : filler;
  return load_of<Real>(lanes);
}
template <class Real>
ELBOW_INLINE void store_partial_of(Real* p, VecOf<Real> v, std::int64_t count) {
  Real lanes[kLanesOf<Real>];
  store_of<Real>(lanes, v);
  for (int i = 0; i < kLanesOf<Real> && i < count; ++i) p[i] = lanes[i];
}

/// Whole vectors where there are, the rest by parts: `count` may be anything.
template <class Real>
ELBOW_INLINE VecOf<Real> load_up_to(const Real* p, std::int64_t count, Real filler) {
  return count >= kLanesOf<Real> ? load_of<Real>(p) : load_partial_of<Real>(p, count, filler);
}
template <class Real>
ELBOW_INLINE void store_up_to(Real* p, VecOf<Real> v, std::int64_t count) {
  if (count >= kLanesOf<Real>)
    store_of<Real>(p, v);
  else
    store_partial_of<Real>(p, v, count);
}

/// The sum of the lanes, halves with halves.
template <class Real>
ELBOW_INLINE Real sum_of_lanes_of(VecOf<Real> v) {
  Real lanes[kLanesOf<Real>];
  store_of<Real>(lanes, v);
  for (int half = kLanesOf<Real> / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
