#pragma once

#include "elbow/kernels/element_map.h"
#include "simd_functions.h"

// Knots of monotone splines from the raw numbers of a network, lane by lane.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// The softmax of `count` vectors, lane by lane: share j is exps[j] * scale.
template <class Real>
struct Softmax {
  VecOf<Real> exps[kMaxSplineBins];
  VecOf<Real> scale;
};

template <class Real>
ELBOW_INLINE void softmax_of(const Real* raw, std::int64_t count, Softmax<Real>& out) {
  constexpr int kStep = kLanesOf<Real>;
  VecOf<Real> largest = load_of<Real>(raw);
  for (std::int64_t j = 1; j < count; ++j) {
    const VecOf<Real> next = load_of<Real>(raw + j * kStep);
    largest = next > largest ? next : largest;
  }
  VecOf<Real> sum{};
  for (std::int64_t j = 0; j < count; ++j) {
    out.exps[j] = exp_of<Real>(load_of<Real>(raw + j * kStep) - largest);
    sum += out.exps[j];
  }
  out.scale = Real(1) / sum;
}

/// How positions follow from shares: knot k is 2 B sum_{j < k} (share_j room + smallest) - B.
struct Spacing {
  std::int64_t num_bins;
  double bound, room, smallest;
};

ELBOW_INLINE Spacing spacing_of(const ElementMap& map, double smallest) {
  return {map.num_bins, map.tail_bound, 1 - smallest * static_cast<double>(map.num_bins), smallest};
}

/// One bin's ends, and the softmax up to each of them.
template <class Real>
struct Bin {
  VecOf<Real> index, low, high, before, through;
};

/// The bin of each lane: `is_past(k, knot)` says whether it lies at knot k = 1 ... num_bins - 1 or
/// after it.
template <class Real, class Past>
ELBOW_INLINE Bin<Real> bin_where(const Softmax<Real>& softmax,
                                 const Spacing& spacing,
                                 Past is_past) {
  const Real bound = static_cast<Real>(spacing.bound), room = static_cast<Real>(spacing.room);
  const Real smallest = static_cast<Real>(spacing.smallest);
  Bin<Real> bin{{}, broadcast_of<Real>(-bound), broadcast_of<Real>(bound), {}, {}};
  VecOf<Real> sum{}, position{};
  auto is_here = sum == sum;
  for (std::int64_t j = 0; j < spacing.num_bins; ++j) {
    const VecOf<Real> share = softmax.exps[j] * softmax.scale;
    sum += share;
    position += share * room + smallest;
    const bool is_last = j + 1 == spacing.num_bins;
    const VecOf<Real> knot = is_last ? broadcast_of<Real>(bound) : position * (2 * bound) - bound;
    bin.high = is_here ? knot : bin.high;
    bin.through = is_here ? sum : bin.through;
    if (is_last) break;
    is_here = is_past(j + 1, knot);
    bin.low = is_here ? knot : bin.low;
    bin.before = is_here ? sum : bin.before;
    bin.index = is_here ? broadcast_of<Real>(static_cast<Real>(j + 1)) : bin.index;
  }
  return bin;
}

template <class Real>
ELBOW_INLINE Bin<Real> bin_holding(const Softmax<Real>& softmax,
                                   const Spacing& spacing,
                                   VecOf<Real> value) {
  return bin_where<Real>(
      softmax, spacing, [value](std::int64_t, VecOf<Real> knot) { return value >= knot; });
}
template <class Real>
ELBOW_INLINE Bin<Real> bin_at(const Softmax<Real>& softmax,
                              const Spacing& spacing,
                              VecOf<Real> index) {
  return bin_where<Real>(softmax, spacing, [index](std::int64_t k, VecOf<Real>) {
    return index >= broadcast_of<Real>(static_cast<Real>(k));
  });
}

/// The gradient with respect to the raw numbers, from that with respect to the bin's ends. The
/// outermost knots do not move.
template <class Real>
ELBOW_INLINE void bin_gradient(const Softmax<Real>& softmax,
                               const Spacing& spacing,
                               const Bin<Real>& bin,
                               VecOf<Real> grad_low,
                               VecOf<Real> grad_high,
                               Real* grad_raw) {
  const Real scale = static_cast<Real>(2 * spacing.bound * spacing.room);
  const VecOf<Real> zero{};
  const VecOf<Real> last = broadcast_of<Real>(static_cast<Real>(spacing.num_bins - 1));
  const VecOf<Real> low = bin.index > zero ? grad_low * scale : zero;
  const VecOf<Real> high = bin.index < last ? grad_high * scale : zero;
  const VecOf<Real> mean = low * bin.before + high * bin.through;
  for (std::int64_t j = 0; j < spacing.num_bins; ++j) {
    const VecOf<Real> here = broadcast_of<Real>(static_cast<Real>(j));
    const VecOf<Real> sum = (here < bin.index ? low : zero) + (here <= bin.index ? high : zero);
    store_of<Real>(grad_raw + j * kLanesOf<Real>, softmax.exps[j] * softmax.scale * (sum - mean));
  }
}

/// The slope at an inner knot from its raw number; beyond 20 softplus is the identity, as ATen's.
template <class Real>
ELBOW_INLINE VecOf<Real> slope_of(const ElementMap& map, VecOf<Real> raw) {
  const VecOf<Real> shifted = raw + static_cast<Real>(map.slope_offset);
  return (shifted > Real(20) ? shifted : softplus_of<Real>(shifted)) +
         static_cast<Real>(map.min_slope);
}
template <class Real>
ELBOW_INLINE VecOf<Real> slope_derivative(const ElementMap& map, VecOf<Real> raw) {
  const VecOf<Real> shifted = raw + static_cast<Real>(map.slope_offset);
  return shifted > Real(20) ? broadcast_of<Real>(Real(1)) : sigmoid_of<Real>(shifted);
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
