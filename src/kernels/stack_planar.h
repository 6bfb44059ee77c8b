#pragma once

#include "simd_functions.h"
#include "stack_kernels.h"
#include "stack_rows.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// y = x + u^ tanh(w'x + b), as class Planar computes it; one row in each lane.
///
/// Constrained parameters: u^ [D], w [D], b, m = w'u^, and whether the product of determinants is
/// to be taken into the sum of logarithms after this layer. Saved: tanh(.).
template <class Real>
struct PlanarLayer {
  using Values = VecOf<Real>;
  /// Whether D = 2, the size of most examples, is worth loops of its own.
  static constexpr bool kHasPlanes = true;
  static constexpr Real kLeast = Real(1e-30);
  static constexpr Real kMargin = Real(1e-4);
  /// From where on softplus is the identity, as in ATen.
  static constexpr Real kLinear = Real(20);

  static std::int64_t num_raw(const StackShape& shape) { return 2 * shape.size + 1; }
  static std::int64_t num_ready(const StackShape& shape) { return 2 * shape.size + 3; }
  static std::int64_t num_saved(const StackShape&) { return 1; }
  static std::int64_t num_temporary(const StackShape&) { return 0; }
  static void plan_layer(Real*, std::int64_t, std::int64_t, const StackShape&) {}

  /// What u^ = u + (m - w'u) w / |w|^2 is made of.
  struct Projection {
    Values w_u, inverse_square, m, slope;  ///< slope: dm / d(w'u)
  };

  static ELBOW_INLINE Projection project(const Real* raw, std::int64_t size) {
    constexpr int kSide = kLanesOf<Real>;
    Values w_u{}, square{};
    for (std::int64_t d = 0; d < size; ++d) {
      const Values w = load_of<Real>(raw + (size + d) * kSide);
      w_u += w * load_of<Real>(raw + d * kSide);
      square += w * w;
    }
    const Values one = broadcast_of<Real>(1), none{};
    const auto is_zero = square<kLeast, is_linear = w_u> kLinear;
    const Values soft = is_linear ? w_u : softplus_of<Real>(w_u);
    const Values least = broadcast_of<Real>(kMargin);
    const Values slope = is_linear ? one : sigmoid_of<Real>(w_u);
    return {w_u,
            one / (is_zero ? one : square),
            is_zero ? w_u : (soft < least ? least : soft) - one,
            is_zero ? one : (soft < least ? none : slope)};
  }

  static ELBOW_INLINE void constrain(const Real* raw, Real* ready, const StackShape& shape) {
    constexpr int kSide = kLanesOf<Real>;
    const std::int64_t size = shape.size;
    const Projection p = project(raw, size);
    // Twice, as class Planar does.
    Values rest{};
    for (std::int64_t d = 0; d < size; ++d) {
      const Values w = load_of<Real>(raw + (size + d) * kSide);
      const Values across = load_of<Real>(raw + d * kSide) - p.w_u * (w * p.inverse_square);
      rest += w * across;
      store_of<Real>(ready + d * kSide, across);
      store_of<Real>(ready + (size + d) * kSide, w);
    }
    for (std::int64_t d = 0; d < size; ++d) {
      const Values direction = load_of<Real>(ready + (size + d) * kSide) * p.inverse_square;
      const Values across = load_of<Real>(ready + d * kSide) - rest * direction;
      store_of<Real>(ready + d * kSide, across + p.m * direction);
    }
    store_of<Real>(ready + 2 * size * kSide, load_of<Real>(raw + 2 * size * kSide));
    store_of<Real>(ready + (2 * size + 1) * kSide, p.m);
    store_of<Real>(ready + (2 * size + 2) * kSide, broadcast_of<Real>(1));
  }

  /// @param grad of the constrained parameters @param out of the raw ones
  static ELBOW_INLINE void constrain_backward(const Real* raw,
                                              const Real* grad,
                                              Real* out,
                                              const StackShape& shape) {
    constexpr int kSide = kLanesOf<Real>;
    const std::int64_t size = shape.size;
    const Projection p = project(raw, size);
    Values along{};  // of m - w'u
    for (std::int64_t d = 0; d < size; ++d)
      along += load_of<Real>(grad + d * kSide) *
               (load_of<Real>(raw + (size + d) * kSide) * p.inverse_square);
    const Values of_m = load_of<Real>(grad + (2 * size + 1) * kSide);
    const Values of_w_u = (along + of_m) * p.slope - along;
    const Values excess = (p.m - p.w_u) * p.inverse_square;
    for (std::int64_t d = 0; d < size; ++d) {
      const Values u = load_of<Real>(raw + d * kSide);
      const Values w = load_of<Real>(raw + (size + d) * kSide);
      const Values g = load_of<Real>(grad + d * kSide);
      store_of<Real>(out + d * kSide, g + of_w_u * w);
      store_of<Real>(out + (size + d) * kSide,
                     load_of<Real>(grad + (size + d) * kSide) + of_w_u * u +
                         excess * (g - w * along * Real(2)));
    }
    store_of<Real>(out + 2 * size * kSide, load_of<Real>(grad + 2 * size * kSide));
  }

  /// Marks after which layers the product of determinants goes into the sum of logarithms: as few
  /// as keep it in range. Each is between 1 and 1 + m.
  static void plan(Real* ready, const StackShape& shape) {
    const double most = sizeof(Real) == sizeof(float) ? 1e30 : 1e280;
    const std::int64_t count = num_ready(shape);
    double range = 1;
    for (std::int64_t k = 0; k < shape.num_layers; ++k) {
      Real* const layer = ready + k * count + 2 * shape.size + 1;
      const double end = 1.0 + static_cast<double>(layer[0]);
      const double own = end > 1 ? end : 1 / end;
      if (k > 0 && !(range * own < most)) {
        layer[1 - count] = 1;
        range = 1;
      }
      range *= own;
      layer[1] = k + 1 == shape.num_layers ? Real(1) : Real(0);
    }
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
    Values bump[kVectors];
    for (int v = 0; v < kVectors; ++v) bump[v] = ready[2 * size];
    for (std::int64_t d = 0; d < size; ++d) {
      const Values w = ready[size + d];
      for (int v = 0; v < kVectors; ++v)
        bump[v] += w * load_of<Real>(z + (d * kVectors + v) * kSide);
    }
    for (int v = 0; v < kVectors; ++v) {
      bump[v] = bump_of<Real>(bump[v]);
      store_of<Real>(saved + v * kSide, bump[v]);
    }
    for (std::int64_t d = 0; d < size; ++d) {
      const Values u = ready[d];
      for (int v = 0; v < kVectors; ++v) {
        Real* const at = z + (d * kVectors + v) * kSide;
        store_of<Real>(at, load_of<Real>(at) + u * bump[v]);
      }
    }
    const Values m = ready[2 * size + 1];
    for (int v = 0; v < kVectors; ++v)
      log_det.product[v] *= (Real(1) - bump[v] * bump[v]) * m + Real(1);
    if (ready.first[(2 * size + 2) * Ready::kStep] != Real(0)) log_det.take_logarithms();
  }

  /// z_k to z_{k-1}, the gradient with it; adds to those of the constrained parameters.
  template <class Ready, int kVectors, int kSize>
  static ELBOW_INLINE void backward(const Ready& ready,
                                    const StackShape& shape,
                                    Real* z,
                                    Real* grad_z,
                                    const Real* grad_log_det,
                                    const Real* saved,
                                    Real* grads,
                                    Real* /*temporary*/) {
    constexpr int kSide = kLanesOf<Real>;
    const std::int64_t size = kSize > 0 ? kSize : shape.size;
    Values bump[kVectors], of_bump[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      bump[v] = load_of<Real>(saved + v * kSide);
      of_bump[v] = Values{};
    }
    for (std::int64_t d = 0; d < size; ++d) {
      const Values u = ready[d];
      Values of_u = load_of<Real>(grads + d * kSide);
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t at = (d * kVectors + v) * kSide;
        const Values grad = load_of<Real>(grad_z + at);
        of_u += bump[v] * grad;
        of_bump[v] += u * grad;
        store_of<Real>(z + at, load_of<Real>(z + at) - u * bump[v]);
      }
      store_of<Real>(grads + d * kSide, of_u);
    }
    const Values m = ready[2 * size + 1];
    Values of_m = load_of<Real>(grads + (2 * size + 1) * kSide);
    Values of_b = load_of<Real>(grads + 2 * size * kSide);
    for (int v = 0; v < kVectors; ++v) {
      const Values slope = Real(1) - bump[v] * bump[v];
      const Values of_det = load_of<Real>(grad_log_det + v * kSide) / (slope * m + Real(1));
      of_m += slope * of_det;
      of_bump[v] = slope * (of_bump[v] - bump[v] * m * of_det * Real(2));
      of_b += of_bump[v];
    }
    store_of<Real>(grads + (2 * size + 1) * kSide, of_m);
    store_of<Real>(grads + 2 * size * kSide, of_b);
    for (std::int64_t d = 0; d < size; ++d) {
      const Values w = ready[size + d];
      Values of_w = load_of<Real>(grads + (size + d) * kSide);
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t at = (d * kVectors + v) * kSide;
        of_w += of_bump[v] * load_of<Real>(z + at);
        store_of<Real>(grad_z + at, load_of<Real>(grad_z + at) + w * of_bump[v]);
      }
      store_of<Real>(grads + (size + d) * kSide, of_w);
    }
  }
};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
