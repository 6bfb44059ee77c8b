#pragma once

#include "pair_kernels.h"
#include "simd_functions.h"
#include "simd_transpose.h"

// Points i lie in the lanes of a tile; points j come from memory, some at a time.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// k(r2) and 2 k'(r2).
template <class Real, RadialKernel kKernel>
ELBOW_INLINE void radial_kernel(VecOf<Real> r2, VecOf<Real>& value, VecOf<Real>& slope) {
  if constexpr (kKernel == RadialKernel::exponential) {
    value = exp_of<Real>(-r2);
    slope = Real(-2) * value;
  } else {
    VecOf<Real> root = Real(1) + r2;
    for (int i = 0; i < kLanesOf<Real>; ++i)
      if constexpr (sizeof(Real) == 4)
        root[i] = __builtin_sqrtf(root[i]);
      else
        root[i] = __builtin_sqrt(root[i]);
    value = Real(1) / root;
    slope = -value * value * value;
  }
}

/// Squared distances of the tile's points from kCount points. @param tile [D] vectors
template <class Real, int kCount>
ELBOW_INLINE void squared_distances(const Real* tile,
                                    const Real* others,
                                    std::int64_t size,
                                    VecOf<Real> (&r2)[kCount]) {
  for (int n = 0; n < kCount; ++n) r2[n] = VecOf<Real>{};
  for (std::int64_t d = 0; d < size; ++d) {
    const VecOf<Real> own = load_of<Real>(tile + d * kLanesOf<Real>);
    for (int n = 0; n < kCount; ++n) {
      const VecOf<Real> apart = broadcast_of<Real>(others[n * size + d]) - own;
      r2[n] += apart * apart;
    }
  }
}

template <class Real, RadialKernel kKernel, int kCount>
inline void add_pairs(const PairSums<Real>& job,
                      std::int64_t j,
                      const Real* tile,
                      Real* attraction,
                      Real* repulsion) {
  constexpr std::int64_t kSide = kLanesOf<Real>;
  VecOf<Real> value[kCount], slope[kCount];
  squared_distances<Real, kCount>(tile, job.points + j * job.size, job.size, value);
  for (int n = 0; n < kCount; ++n) radial_kernel<Real, kKernel>(value[n], value[n], slope[n]);
  for (std::int64_t d = 0; d < job.size; ++d) {
    const VecOf<Real> own = load_of<Real>(tile + d * kSide);
    VecOf<Real> attracted = load_of<Real>(attraction + d * kSide),
                repelled = load_of<Real>(repulsion + d * kSide);
    for (int n = 0; n < kCount; ++n) {
      const std::int64_t at = (j + n) * job.size + d;
      attracted += value[n] * broadcast_of<Real>(job.scores[at]);
      repelled += slope[n] * (broadcast_of<Real>(job.points[at]) - own);
    }
    store_of<Real>(attraction + d * kSide, attracted);
    store_of<Real>(repulsion + d * kSide, repelled);
  }
}

template <class Real>
std::int64_t pair_sums_scratch(std::int64_t size) {
  return 5 * size * kLanesOf<Real>;
}

/// Sums over groups of points j, then over the groups: one long sum of float32 would lose digits.
template <class Real, RadialKernel kKernel>
void pair_sums_of_tile(const PairSums<Real>& job,
                       std::int64_t first,
                       std::int64_t count,
                       Real* scratch) {
  constexpr std::int64_t kSide = kLanesOf<Real>, kGroup = 512;
  constexpr int kAtOnce = 8;
  const std::int64_t part = job.size * kSide;
  Real *const tile = scratch, *const sums = tile + part, *const totals = sums + 2 * part;
  load_columns<Real>(job.points + first * job.size, job.size, count, job.size, 1, tile);
  for (std::int64_t i = 0; i < 2 * part; ++i) totals[i] = 0;
  for (std::int64_t group = 0; group < job.num_points; group += kGroup) {
    const std::int64_t end = group + kGroup < job.num_points ? group + kGroup : job.num_points;
    for (std::int64_t i = 0; i < 2 * part; ++i) sums[i] = 0;
    std::int64_t j = group;
    for (; j + kAtOnce <= end; j += kAtOnce)
      add_pairs<Real, kKernel, kAtOnce>(job, j, tile, sums, sums + part);
    for (; j < end; ++j) add_pairs<Real, kKernel, 1>(job, j, tile, sums, sums + part);
    for (std::int64_t i = 0; i < 2 * part; ++i) totals[i] += sums[i];
  }
  store_columns<Real>(totals, 1, count, job.size, job.size, job.attraction + first * job.size);
  store_columns<Real>(
      totals + part, 1, count, job.size, job.size, job.repulsion + first * job.size);
}

template <class Real>
void pair_sums(const PairSums<Real>& job, std::int64_t first, std::int64_t end, Real* scratch) {
  constexpr std::int64_t kSide = kLanesOf<Real>;
  for (std::int64_t i = first; i < end; i += kSide) {
    const std::int64_t count = i + kSide < end ? kSide : end - i;
    if (job.kernel == RadialKernel::exponential)
      pair_sums_of_tile<Real, RadialKernel::exponential>(job, i, count, scratch);
    else
      pair_sums_of_tile<Real, RadialKernel::inverse_multiquadric>(job, i, count, scratch);
  }
}

template <class Real>
inline Real squared_distance(const DistanceRange<Real>& job, std::int64_t i, std::int64_t j) {
  Real sum = 0;
  for (std::int64_t d = 0; d < job.size; ++d) {
    const Real apart = job.points[j * job.size + d] - job.points[i * job.size + d];
    sum += apart * apart;
  }
  return sum;
}

template <class Real>
inline void sort_one_in(Real value, Real low, Real high, DistanceCounts<Real>& out) {
  out.below += value < low;
  out.at_low += value == low;
  out.at_high += value == high;
  if (value > low && value < high) out.within.push_back(value);
}

/// Lanes that a comparison found are -1: as many fit as a vector of integers can count.
template <class Real>
struct LaneCounts {
  BitsOf<Real> below{}, at_low{}, at_high{};
  void add_to(DistanceCounts<Real>& out) const {
    for (int i = 0; i < kLanesOf<Real>; ++i) {
      out.below += static_cast<std::int64_t>(below[i]);
      out.at_low += static_cast<std::int64_t>(at_low[i]);
      out.at_high += static_cast<std::int64_t>(at_high[i]);
    }
  }
};

/// Few lie within: eight bytes of flags are looked at together.
template <class Real, int kCount>
inline void sort_in(const VecOf<Real> (&r2)[kCount],
                    VecOf<Real> low,
                    VecOf<Real> high,
                    LaneCounts<Real>& counts,
                    std::vector<Real>& within) {
  constexpr int kWords = kVectorBytes / 8, kLanesOfWord = 8 / static_cast<int>(sizeof(Real));
  for (int n = 0; n < kCount; ++n) {
    counts.below -= reinterpret_cast<BitsOf<Real>>(r2[n] < low);
    counts.at_low -= reinterpret_cast<BitsOf<Real>>(r2[n] == low);
    counts.at_high -= reinterpret_cast<BitsOf<Real>>(r2[n] == high);
    const auto is_within = (r2[n] > low) & (r2[n] < high);
    std::uint64_t words[kWords];
    __builtin_memcpy(words, &is_within, sizeof words);
    std::uint64_t any = 0;
    for (int w = 0; w < kWords; ++w) any |= words[w];
    if (any == 0) continue;
    for (int w = 0; w < kWords; ++w) {
      if (words[w] == 0) continue;
      for (int i = w * kLanesOfWord; i < (w + 1) * kLanesOfWord; ++i)
        if (is_within[i]) within.push_back(r2[n][i]);
    }
  }
}

template <class Real>
void count_distances(const DistanceRange<Real>& job,
                     std::int64_t first,
                     DistanceCounts<Real>& out) {
  constexpr std::int64_t kSide = kLanesOf<Real>;
  constexpr int kAtOnce = 8;
  const std::int64_t end = first + kSide < job.num_points ? first + kSide : job.num_points;
  const auto add_one = [&](std::int64_t i, std::int64_t j) {
    sort_one_in(squared_distance(job, i, j), job.low, job.high, out);
  };
  for (std::int64_t i = first; i < end; ++i)
    for (std::int64_t j = i + 1; j < end; ++j) add_one(i, j);
  std::int64_t j = end;
  if (end - first == kSide) {
    std::vector<Real> tile(static_cast<std::size_t>(job.size * kSide));
    load_columns<Real>(job.points + first * job.size, job.size, kSide, job.size, 1, tile.data());
    const VecOf<Real> low = broadcast_of<Real>(job.low), high = broadcast_of<Real>(job.high);
    LaneCounts<Real> counts;
    for (; j + kAtOnce <= job.num_points; j += kAtOnce) {
      VecOf<Real> r2[kAtOnce];
      squared_distances<Real, kAtOnce>(tile.data(), job.points + j * job.size, job.size, r2);
      sort_in<Real, kAtOnce>(r2, low, high, counts, out.within);
    }
    counts.add_to(out);
  }
  for (; j < job.num_points; ++j)
    for (std::int64_t i = first; i < end; ++i) add_one(i, j);
}

template <class Real>
constexpr PairKernels<Real> kPairs{
    &pair_sums<Real>, &pair_sums_scratch<Real>, &count_distances<Real>, kLanesOf<Real>};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
