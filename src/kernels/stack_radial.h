#pragma once

#include "simd_functions.h"
#include "stack_kernels.h"
#include "stack_rows.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// The compiler makes one instruction of it.
template <class Real>
ELBOW_INLINE VecOf<Real> root_of(VecOf<Real> v) {
  Real lanes[kLanesOf<Real>];
  store_of<Real>(lanes, v);
  for (int i = 0; i < kLanesOf<Real>; ++i) {
    if constexpr (sizeof(Real) == sizeof(float))
      lanes[i] = __builtin_sqrtf(lanes[i]);
    else
      lanes[i] = __builtin_sqrt(lanes[i]);
  }
  return load_of<Real>(lanes);
}

/// y = x + beta^ (x - x0) / (alpha + r), r = |x - x0|, as class Radial computes it; one row in each
/// lane.
///
/// Constrained parameters: x0 [D], alpha, beta^. Saved: x - x0, which a layer that contracts would
/// not give back, and r.
template <class Real>
struct RadialLayer {
  using Values = VecOf<Real>;
  static constexpr bool kHasPlanes = false;
  static constexpr Real kMargin = Real(1e-4);
  static constexpr Real kLinear = Real(20);

  static std::int64_t num_raw(const StackShape& shape) { return shape.size + 2; }
  static std::int64_t num_ready(const StackShape& shape) { return shape.size + 2; }
  static std::int64_t num_saved(const StackShape& shape) { return shape.size + 1; }
  static std::int64_t num_temporary(const StackShape&) { return 0; }
  static void plan_layer(Real*, std::int64_t, std::int64_t, const StackShape&) {}
  static void plan(Real*, const StackShape&) {}

  static ELBOW_INLINE void constrain(const Real* raw, Real* ready, const StackShape& shape) {
    constexpr int kSide = kLanesOf<Real>;
    const std::int64_t size = shape.size;
    for (std::int64_t i = 0; i < size * kSide; ++i) ready[i] = raw[i];
    const Values alpha = exp_of<Real>(load_of<Real>(raw + size * kSide));
    const Values beta = load_of<Real>(raw + (size + 1) * kSide);
    const Values soft = beta > kLinear ? beta : softplus_of<Real>(beta), least = alpha * kMargin;
    store_of<Real>(ready + size * kSide, alpha);
    store_of<Real>(ready + (size + 1) * kSide, (soft < least ? least : soft) - alpha);
  }

  static ELBOW_INLINE void constrain_backward(const Real* raw,
                                              const Real* grad,
                                              Real* out,
                                              const StackShape& shape) {
    constexpr int kSide = kLanesOf<Real>;
    const std::int64_t size = shape.size;
    for (std::int64_t i = 0; i < size * kSide; ++i) out[i] = grad[i];
    const Values alpha = exp_of<Real>(load_of<Real>(raw + size * kSide));
    const Values beta = load_of<Real>(raw + (size + 1) * kSide);
    const Values one = broadcast_of<Real>(1), none{};
    const Values soft = beta > kLinear ? beta : softplus_of<Real>(beta), least = alpha * kMargin;
    const Values slope = beta > kLinear ? one : sigmoid_of<Real>(beta);
    const Values of_beta_hat = load_of<Real>(grad + (size + 1) * kSide);
    const auto is_least = soft < least;
    const Values of_least = is_least ? of_beta_hat * kMargin : none;
    const Values of_alpha = load_of<Real>(grad + size * kSide) - of_beta_hat + of_least;
    store_of<Real>(out + size * kSide, of_alpha * alpha);
    store_of<Real>(out + (size + 1) * kSide, is_least ? none : of_beta_hat * slope);
  }

  template <class Ready, int kVectors, int kSize>
  static ELBOW_INLINE void forward(const Ready& ready,
                                   const StackShape& shape,
                                   Real* z,
                                   LogDeterminant<Real, kVectors>& log_det,
                                   Real* saved,
                                   Real* /*temporary*/) {
    constexpr int kSide = kLanesOf<Real>;
    const std::int64_t size = kSize > 0 ? kSize : shape.size;
    Values r[kVectors];
    for (int v = 0; v < kVectors; ++v) r[v] = Values{};
    for (std::int64_t d = 0; d < size; ++d) {
      const Values center = ready[d];
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t at = (d * kVectors + v) * kSide;
        const Values difference = load_of<Real>(z + at) - center;
        store_of<Real>(saved + at, difference);
        r[v] += difference * difference;
      }
    }
    const Values alpha = ready[size], beta = ready[size + 1];
    Values factor[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      r[v] = root_of<Real>(r[v]);
      store_of<Real>(saved + (size * kVectors + v) * kSide, r[v]);
      const Values h = Real(1) / (alpha + r[v]);
      factor[v] = beta * h;
      log_det.sum[v] += log1p_of<Real>(factor[v]) * static_cast<Real>(size - 1) +
                        log1p_of<Real>(factor[v] * alpha * h);
    }
    for (std::int64_t d = 0; d < size; ++d)
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t at = (d * kVectors + v) * kSide;
        store_of<Real>(z + at, load_of<Real>(z + at) + factor[v] * load_of<Real>(saved + at));
      }
  }

  template <class Ready, int kVectors, int kSize>
  static ELBOW_INLINE void backward(const Ready& ready,
                                    const StackShape& shape,
                                    Real* /*z*/,
                                    Real* grad_z,
                                    const Real* grad_log_det,
                                    const Real* saved,
                                    Real* grads,
                                    Real* /*temporary*/) {
    constexpr int kSide = kLanesOf<Real>;
    const std::int64_t size = kSize > 0 ? kSize : shape.size;
    Values along[kVectors], factor[kVectors], of_r[kVectors];
    for (int v = 0; v < kVectors; ++v) along[v] = Values{};
    for (std::int64_t d = 0; d < size; ++d)
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t at = (d * kVectors + v) * kSide;
        along[v] += load_of<Real>(grad_z + at) * load_of<Real>(saved + at);
      }
    const Values alpha = ready[size], beta = ready[size + 1], none{};
    Values of_alpha = load_of<Real>(grads + size * kSide);
    Values of_beta = load_of<Real>(grads + (size + 1) * kSide);
    for (int v = 0; v < kVectors; ++v) {
      const Values r = load_of<Real>(saved + (size * kVectors + v) * kSide);
      const Values h = Real(1) / (alpha + r), det = load_of<Real>(grad_log_det + v * kSide);
      factor[v] = beta * h;
      const Values inner = factor[v] * alpha * h;
      const Values of_inner = det / (inner + Real(1));
      const Values of_factor = along[v] +
                               det * static_cast<Real>(size - 1) / (factor[v] + Real(1)) +
                               of_inner * alpha * h;
      const Values of_h = of_factor * beta + of_inner * factor[v] * alpha;
      of_beta += of_factor * h;
      const Values of_sum = -of_h * h * h;
      of_alpha += of_sum + of_inner * factor[v] * h;
      // The gradient of a length of 0 is 0.
      of_r[v] = r > none ? of_sum / r : none;
    }
    store_of<Real>(grads + size * kSide, of_alpha);
    store_of<Real>(grads + (size + 1) * kSide, of_beta);
    for (std::int64_t d = 0; d < size; ++d) {
      Values of_center = load_of<Real>(grads + d * kSide);
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t at = (d * kVectors + v) * kSide;
        const Values grad = load_of<Real>(grad_z + at);
        const Values of_difference = factor[v] * grad + of_r[v] * load_of<Real>(saved + at);
        of_center -= of_difference;
        store_of<Real>(grad_z + at, grad + of_difference);
      }
      store_of<Real>(grads + d * kSide, of_center);
    }
  }
};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
