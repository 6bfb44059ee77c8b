#pragma once

#include "simd_functions.h"
#include "stack_kernels.h"
#include "stack_rows.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// y = x - 2 v v'x / |v|^2, as class Householder computes it; one row in each lane. It is its own
/// inverse, so nothing is saved.
///
/// Constrained parameters: v [D] and 2 / |v|^2.
template <class Real>
struct HouseholderLayer {
  using Values = VecOf<Real>;
  static constexpr bool kHasPlanes = false;
  static constexpr Real kLeast = Real(1e-30);

  static std::int64_t num_raw(const StackShape& shape) { return shape.size; }
  static std::int64_t num_ready(const StackShape& shape) { return shape.size + 1; }
  static std::int64_t num_saved(const StackShape&) { return 0; }
  static std::int64_t num_temporary(const StackShape&) { return 0; }
  static void plan_layer(Real*, std::int64_t, std::int64_t, const StackShape&) {}
  static void plan(Real*, const StackShape&) {}

  static ELBOW_INLINE Values square_of(const Real* raw, std::int64_t size) {
    Values square{};
    for (std::int64_t d = 0; d < size; ++d) {
      const Values v = load_of<Real>(raw + d * kLanesOf<Real>);
      square += v * v;
    }
    return square;
  }

  static ELBOW_INLINE void constrain(const Real* raw, Real* ready, const StackShape& shape) {
    constexpr int kSide = kLanesOf<Real>;
    const Values square = square_of(raw, shape.size);
    for (std::int64_t i = 0; i < shape.size * kSide; ++i) ready[i] = raw[i];
    const Values one = broadcast_of<Real>(1);
    store_of<Real>(ready + shape.size * kSide, Real(2) / (square < kLeast ? one : square));
  }

  static ELBOW_INLINE void constrain_backward(const Real* raw,
                                              const Real* grad,
                                              Real* out,
                                              const StackShape& shape) {
    constexpr int kSide = kLanesOf<Real>;
    const Values square = square_of(raw, shape.size), none{};
    const Values of_scale = load_of<Real>(grad + shape.size * kSide);
    const Values inverse = square < kLeast ? none : Real(1) / square;
    const Values factor = of_scale * inverse * inverse * Real(-4);
    for (std::int64_t d = 0; d < shape.size; ++d)
      store_of<Real>(out + d * kSide,
                     load_of<Real>(grad + d * kSide) + factor * load_of<Real>(raw + d * kSide));
  }

  template <class Ready, int kVectors>
  static ELBOW_INLINE void multiply(const Ready& ready,
                                    std::int64_t size,
                                    const Real* z,
                                    Values (&out)[kVectors]) {
    for (int v = 0; v < kVectors; ++v) out[v] = Values{};
    for (std::int64_t d = 0; d < size; ++d) {
      const Values w = ready[d];
      for (int v = 0; v < kVectors; ++v)
        out[v] += w * load_of<Real>(z + (d * kVectors + v) * kLanesOf<Real>);
    }
  }

  template <class Ready, int kVectors, int kSize>
  static ELBOW_INLINE void forward(const Ready& ready,
                                   const StackShape& shape,
                                   Real* z,
                                   LogDeterminant<Real, kVectors>& /*log_det*/,
                                   Real* /*saved*/,
                                   Real* /*temporary*/) {
    const std::int64_t size = kSize > 0 ? kSize : shape.size;
    Values along[kVectors];
    multiply<Ready, kVectors>(ready, size, z, along);
    const Values scale = ready[size];
    for (int v = 0; v < kVectors; ++v) along[v] *= scale;
    for (std::int64_t d = 0; d < size; ++d) {
      const Values w = ready[d];
      for (int v = 0; v < kVectors; ++v) {
        Real* const at = z + (d * kVectors + v) * kLanesOf<Real>;
        store_of<Real>(at, load_of<Real>(at) - w * along[v]);
      }
    }
  }

  template <class Ready, int kVectors, int kSize>
  static ELBOW_INLINE void backward(const Ready& ready,
                                    const StackShape& shape,
                                    Real* z,
                                    Real* grad_z,
                                    const Real* /*grad_log_det*/,
                                    const Real* /*saved*/,
                                    Real* grads,
                                    Real* /*temporary*/) {
    constexpr int kSide = kLanesOf<Real>;
    const std::int64_t size = kSize > 0 ? kSize : shape.size;
    const Values scale = ready[size];
    Values along[kVectors], of_along[kVectors], step[kVectors], of_step[kVectors];
    multiply<Ready, kVectors>(ready, size, z, along);
    multiply<Ready, kVectors>(ready, size, grad_z, of_along);
    Values of_scale = load_of<Real>(grads + size * kSide);
    for (int v = 0; v < kVectors; ++v) {
      step[v] = scale * along[v];
      of_step[v] = scale * of_along[v];
      // v'x is -v'y where v is not zero, and 0 where it is.
      of_scale += along[v] * of_along[v];
    }
    store_of<Real>(grads + size * kSide, of_scale);
    for (std::int64_t d = 0; d < size; ++d) {
      const Values w = ready[d];
      Values of_w = load_of<Real>(grads + d * kSide);
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t at = (d * kVectors + v) * kSide;
        const Values x = load_of<Real>(z + at) - w * step[v], grad = load_of<Real>(grad_z + at);
        of_w += step[v] * grad - of_step[v] * x;
        store_of<Real>(z + at, x);
        store_of<Real>(grad_z + at, grad - w * of_step[v]);
      }
      store_of<Real>(grads + d * kSide, of_w);
    }
  }
};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
