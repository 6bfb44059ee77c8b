#pragma once

#include "conditional_kernels.h"
#include "element_curves.h"

// Element maps over the rows of a tile: an element is a changed number of a row; as many as a
// vector has lanes are worked on together, whichever rows they are of.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

constexpr std::int64_t kMaxElementParameters = 3 * kMaxSplineBins;

/// Some elements next to each other; lanes past `count` repeat the last.
template <class Real>
struct ElementGroup {
  int count;
  std::int64_t rows[kLanesOf<Real>];     ///< in the tile
  std::int64_t places[kLanesOf<Real>];   ///< j of changed[j]
  std::int64_t numbers[kLanesOf<Real>];  ///< row * D + changed[j], in the job's arrays
  Real x[kLanesOf<Real>];
  Real raw[kMaxElementParameters * kLanesOf<Real>];
};

/// @param raw    [count, raw_stride] the network's outputs for the tile
/// @param first  element of the tile to begin with
template <class Real>
ELBOW_INLINE void gather_group(const ConditionalTile<Real>& tile,
                               const Real* raw,
                               std::int64_t raw_stride,
                               std::int64_t first,
                               ElementGroup<Real>& group) {
  const ConditionalRows<Real>& job = *tile.job;
  const std::int64_t size = job.map.num_parameters, total = tile.count * job.num_changed;
  group.count = static_cast<int>(total - first < kLanesOf<Real> ? total - first : kLanesOf<Real>);
  std::int64_t row = first / job.num_changed, place = first % job.num_changed;
  for (int lane = 0; lane < kLanesOf<Real>; ++lane) {
    group.rows[lane] = row;
    group.places[lane] = place;
    group.numbers[lane] = (tile.first + row) * job.size + job.changed[place];
    group.x[lane] = job.x[group.numbers[lane]];
    const Real* const own = raw + row * raw_stride + place * size;
    for (std::int64_t i = 0; i < size; ++i) group.raw[i * kLanesOf<Real> + lane] = own[i];
    if (lane + 1 < group.count && ++place == job.num_changed) {
      place = 0;
      ++row;
    }
  }
}

template <class Real>
void elements_forward(const ConditionalTile<Real>& tile, const Real* raw, std::int64_t raw_stride) {
  const ConditionalRows<Real>& job = *tile.job;
  ElementGroup<Real> group;
  Real values[kLanesOf<Real>], slopes[kLanesOf<Real>];
  for (std::int64_t row = 0; row < tile.count; ++row) job.log_det[tile.first + row] = 0;
  const std::int64_t total = tile.count * job.num_changed;
  for (std::int64_t first = 0; first < total; first += kLanesOf<Real>) {
    gather_group(tile, raw, raw_stride, first, group);
    const Image<Real> image =
        element_image<Real>(job.map, group.raw, load_of<Real>(group.x), job.is_inverse);
    store_of<Real>(values, image.value);
    store_of<Real>(slopes, image.log_slope);
    for (int lane = 0; lane < group.count; ++lane) {
      job.y[group.numbers[lane]] = values[lane];
      job.log_det[tile.first + group.rows[lane]] += slopes[lane];
    }
  }
}

/// Gradients of the elements into grad_x, and those of the network's outputs.
/// @param grad_raw [count, raw_stride] out; columns past the parameters are left alone
template <class Real>
void elements_backward(const ConditionalTile<Real>& tile,
                       const Real* raw,
                       std::int64_t raw_stride,
                       Real* grad_raw) {
  const ConditionalRows<Real>& job = *tile.job;
  const std::int64_t size = job.map.num_parameters, total = tile.count * job.num_changed;
  ElementGroup<Real> group;
  Real values[kLanesOf<Real>], slopes[kLanesOf<Real>];
  Real own[kMaxElementParameters * kLanesOf<Real>];
  for (std::int64_t first = 0; first < total; first += kLanesOf<Real>) {
    gather_group(tile, raw, raw_stride, first, group);
    for (int lane = 0; lane < kLanesOf<Real>; ++lane) {
      const std::int64_t row = tile.first + group.rows[lane];
      values[lane] = job.grad_y != nullptr ? job.grad_y[group.numbers[lane]] : Real(0);
      slopes[lane] = job.grad_log_det != nullptr ? job.grad_log_det[row] : Real(0);
    }
    const VecOf<Real> grad_x =
        element_gradient<Real>(job.map,
                               group.raw,
                               load_of<Real>(group.x),
                               job.is_inverse,
                               Image<Real>{load_of<Real>(values), load_of<Real>(slopes)},
                               own);
    store_of<Real>(values, grad_x);
    for (int lane = 0; lane < group.count; ++lane) {
      if (job.grad_x != nullptr) job.grad_x[group.numbers[lane]] = values[lane];
      Real* const to = grad_raw + group.rows[lane] * raw_stride + group.places[lane] * size;
      for (std::int64_t i = 0; i < size; ++i) to[i] = own[i * kLanesOf<Real> + lane];
    }
  }
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
