#pragma once

#include "simd_transpose.h"
#include "stack_householder.h"
#include "stack_kernels.h"
#include "stack_planar.h"
#include "stack_radial.h"
#include "stack_rows.h"
#include "stack_sylvester.h"

// The loops over rows, layers and particles, for any kind of layer.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// Vectors of rows that are worked on together: shared parameters are loaded once for all, and the
/// functions of one hide the latency of those of another.
template <bool kShared>
constexpr int kStackVectors = kShared ? 4 : 1;

template <class Real, bool kShared>
constexpr std::int64_t kStackRows = kStackVectors<kShared>* kLanesOf<Real>;

template <class Real, class Layer>
StackLayout stack_layout(const StackShape& shape) {
  constexpr std::int64_t kSide = kLanesOf<Real>;
  const std::int64_t raw = Layer::num_raw(shape), ready = Layer::num_ready(shape);
  const std::int64_t particles = shape.num_particles, layers = shape.num_layers;
  StackLayout out{};
  out.block_rows = shape.is_shared ? kStackRows<Real, true> : kStackRows<Real, false>;
  out.num_ready = ready;
  out.saved_ready = shape.is_shared ? layers * ready : 0;
  out.saved_block = layers * particles * Layer::num_saved(shape) * out.block_rows;
  // z and its gradient, that of the log-determinants, their sums and products; then parameters,
  // and what a layer saves where nobody asked for it.
  out.scratch_size = particles * out.block_rows * (2 * shape.size + 3) +
                     kSide * (2 * (raw + ready) + (shape.is_shared ? layers * ready : 0)) +
                     out.block_rows * (Layer::num_saved(shape) + Layer::num_temporary(shape));
  out.partial_size = shape.is_shared ? layers * ready : 0;
  return out;
}

/// The rows of one block, and where they lie.
template <class Real, bool kShared>
struct StackBlock {
  static constexpr int kVectors = kStackVectors<kShared>;
  static constexpr int kSide = kLanesOf<Real>;
  StackBlock(const StackShape& shape, std::int64_t index)
      : first(index * kStackRows<Real, kShared>),
        count(shape.num_rows - first < kStackRows<Real, kShared> ? shape.num_rows - first
                                                                 : kStackRows<Real, kShared>) {}
  /// [D][kVectors] vectors of one particle's rows.
  ELBOW_INLINE void load(const Real* rows, std::int64_t size, Real* out) const {
    for (int v = 0; v < kVectors; ++v)
      load_columns<Real>(
          rows + v * kSide * size, size, count - v * kSide, size, kVectors, out + v * kSide);
  }
  ELBOW_INLINE void store(const Real* columns, std::int64_t size, Real* rows) const {
    for (int v = 0; v < kVectors; ++v)
      store_columns<Real>(
          columns + v * kSide, kVectors, count - v * kSide, size, size, rows + v * kSide * size);
  }
  /// Zeros where there is none. @param start of the block in `rows`
  ELBOW_INLINE void load_gradient(const Real* rows,
                                  std::int64_t start,
                                  std::int64_t size,
                                  Real* out) const {
    if (rows != nullptr) return load(rows + start, size, out);
    for (std::int64_t i = 0; i < size * kVectors * kSide; ++i) out[i] = Real(0);
  }
  std::int64_t first, count;
};

/// As many of the lanes as there are rows, which may be none.
template <class Real>
ELBOW_INLINE void store_rows(Real* out, VecOf<Real> values, std::int64_t count) {
  if (count > 0) store_up_to<Real>(out, values, count);
}

/// Constrains shared parameters, a layer in each lane.
template <class Real, class Layer>
void stack_prepare(const StackForward<Real>& pass, Real* scratch) {
  constexpr int kSide = kLanesOf<Real>;
  const StackShape& shape = pass.shape;
  const std::int64_t num_raw = Layer::num_raw(shape), num_ready = Layer::num_ready(shape);
  Real* const raw = scratch;
  Real* const ready = raw + num_raw * kSide;
  for (std::int64_t k = 0; k < shape.num_layers; k += kSide) {
    const std::int64_t count = shape.num_layers - k;
    load_columns<Real>(pass.parameters + k * num_raw, num_raw, count, num_raw, 1, raw);
    Layer::constrain(raw, ready, shape);
    store_columns<Real>(ready, 1, count, num_ready, num_ready, pass.saved + k * num_ready);
  }
  Layer::plan(pass.saved, shape);
}

/// The gradients of shared parameters from those of the constrained ones. @param sums [K, ready]
template <class Real, class Layer>
void stack_finish(const StackBackward<Real>& pass, const Real* sums, Real* scratch) {
  constexpr int kSide = kLanesOf<Real>;
  const StackShape& shape = pass.shape;
  const std::int64_t num_raw = Layer::num_raw(shape), num_ready = Layer::num_ready(shape);
  Real* const raw = scratch;
  Real* const grads = raw + num_raw * kSide;
  Real* const out = grads + num_ready * kSide;
  for (std::int64_t k = 0; k < shape.num_layers; k += kSide) {
    const std::int64_t count = shape.num_layers - k;
    load_columns<Real>(pass.parameters + k * num_raw, num_raw, count, num_raw, 1, raw);
    load_columns<Real>(sums + k * num_ready, num_ready, count, num_ready, 1, grads);
    Layer::constrain_backward(raw, grads, out, shape);
    store_columns<Real>(out, 1, count, num_raw, num_raw, pass.grad_parameters + k * num_raw);
  }
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
