#pragma once

#include "elbow/kernels/element_map.h"
#include "simd_functions.h"

// Products of small matrices that stay in the cache, and what stands between layers.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// c = start + a b. a[r, k] stands at a[r * a_row + k * a_step], so that it may be a transpose.
template <class Real>
struct TileProduct {
  std::int64_t rows, depth, columns;  ///< columns a multiple of the lanes
  const Real* a;
  std::int64_t a_row, a_step;
  const Real* b;
  std::int64_t b_stride;
  const Real* start;  ///< null: zeros
  std::int64_t start_stride;
  Real* c;
  std::int64_t c_stride;
};

template <class Real, int kRows, int kVectors>
ELBOW_INLINE void product_block(const TileProduct<Real>& p, std::int64_t row, std::int64_t column) {
  constexpr int kStep = kLanesOf<Real>;
  VecOf<Real> sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v)
      sum[r][v] = p.start == nullptr
                      ? VecOf<Real>{}
                      : load_of<Real>(p.start + (row + r) * p.start_stride + column + v * kStep);
  const Real* a = p.a + row * p.a_row;
  const Real* b = p.b + column;
  for (std::int64_t k = 0; k < p.depth; ++k, a += p.a_step, b += p.b_stride) {
    VecOf<Real> right[kVectors];
    for (int v = 0; v < kVectors; ++v) right[v] = load_of<Real>(b + v * kStep);
    for (int r = 0; r < kRows; ++r) {
      const VecOf<Real> left = broadcast_of<Real>(a[r * p.a_row]);
      for (int v = 0; v < kVectors; ++v) sum[r][v] += left * right[v];
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v)
      store_of<Real>(p.c + (row + r) * p.c_stride + column + v * kStep, sum[r][v]);
}

template <class Real, int kVectors>
void product_panel(const TileProduct<Real>& p, std::int64_t column) {
  constexpr int kRows = kRegisters >= 32 ? 8 : 4;
  std::int64_t row = 0;
  for (; row + kRows <= p.rows; row += kRows) product_block<Real, kRows, kVectors>(p, row, column);
  for (; row < p.rows; ++row) product_block<Real, 1, kVectors>(p, row, column);
}

template <class Real>
void multiply_tile(const TileProduct<Real>& p) {
  std::int64_t column = 0;
  for (; column + 2 * kLanesOf<Real> <= p.columns; column += 2 * kLanesOf<Real>)
    product_panel<Real, 2>(p, column);
  if (column < p.columns) product_panel<Real, 1>(p, column);
}

template <class Real, NetworkActivation kKind>
ELBOW_INLINE VecOf<Real> activated(VecOf<Real> x) {
  const VecOf<Real> zero{};
  if constexpr (kKind == NetworkActivation::kRelu) return x < zero ? zero : x;
  if constexpr (kKind == NetworkActivation::kLeakyRelu) return x > zero ? x : x * Real(0.01);
  if constexpr (kKind == NetworkActivation::kElu) return x > zero ? x : expm1_of<Real>(x);
  if constexpr (kKind == NetworkActivation::kTanh) return tanh_of<Real>(x);
  if constexpr (kKind == NetworkActivation::kSigmoid) return sigmoid_of<Real>(x);
  // As ATen's: the identity beyond 20.
  if constexpr (kKind == NetworkActivation::kSoftplus)
    return x > Real(20) ? x : softplus_of<Real>(x);
}

/// The derivative at the x whose value is `y`.
template <class Real, NetworkActivation kKind>
ELBOW_INLINE VecOf<Real> activation_slope(VecOf<Real> y) {
  const VecOf<Real> zero{}, one = broadcast_of<Real>(Real(1));
  if constexpr (kKind == NetworkActivation::kRelu) return y > zero ? one : zero;
  if constexpr (kKind == NetworkActivation::kLeakyRelu)
    return y > zero ? one : broadcast_of<Real>(Real(0.01));
  if constexpr (kKind == NetworkActivation::kElu) return y > zero ? one : y + Real(1);
  if constexpr (kKind == NetworkActivation::kTanh) return one - y * y;
  if constexpr (kKind == NetworkActivation::kSigmoid) return y * (one - y);
  if constexpr (kKind == NetworkActivation::kSoftplus)
    return y > Real(20) ? one : -expm1_of<Real>(-y);
}

template <class Real, NetworkActivation kKind>
void activate_as(Real* x, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += kLanesOf<Real>)
    store_of<Real>(x + i, activated<Real, kKind>(load_of<Real>(x + i)));
}
template <class Real, NetworkActivation kKind>
void times_slope_of(const Real* y, Real* grad, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += kLanesOf<Real>)
    store_of<Real>(grad + i,
                   load_of<Real>(grad + i) * activation_slope<Real, kKind>(load_of<Real>(y + i)));
}

/// @param count a multiple of the lanes
template <class Real>
void activate(NetworkActivation kind, Real* x, std::int64_t count) {
  switch (kind) {
    case NetworkActivation::kRelu:
      return activate_as<Real, NetworkActivation::kRelu>(x, count);
    case NetworkActivation::kLeakyRelu:
      return activate_as<Real, NetworkActivation::kLeakyRelu>(x, count);
    case NetworkActivation::kElu:
      return activate_as<Real, NetworkActivation::kElu>(x, count);
    case NetworkActivation::kTanh:
      return activate_as<Real, NetworkActivation::kTanh>(x, count);
    case NetworkActivation::kSigmoid:
      return activate_as<Real, NetworkActivation::kSigmoid>(x, count);
    case NetworkActivation::kSoftplus:
      return activate_as<Real, NetworkActivation::kSoftplus>(x, count);
  }
}

/// grad times the derivative where the activation's value is y. @param count as above
template <class Real>
void times_activation_slope(NetworkActivation kind, const Real* y, Real* grad, std::int64_t count) {
  switch (kind) {
    case NetworkActivation::kRelu:
      return times_slope_of<Real, NetworkActivation::kRelu>(y, grad, count);
    case NetworkActivation::kLeakyRelu:
      return times_slope_of<Real, NetworkActivation::kLeakyRelu>(y, grad, count);
    case NetworkActivation::kElu:
      return times_slope_of<Real, NetworkActivation::kElu>(y, grad, count);
    case NetworkActivation::kTanh:
      return times_slope_of<Real, NetworkActivation::kTanh>(y, grad, count);
    case NetworkActivation::kSigmoid:
      return times_slope_of<Real, NetworkActivation::kSigmoid>(y, grad, count);
    case NetworkActivation::kSoftplus:
      return times_slope_of<Real, NetworkActivation::kSoftplus>(y, grad, count);
  }
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
