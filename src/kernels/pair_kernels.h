#pragma once

#include "elbow/kernels/pairs.h"

namespace elbow::kernels {

/// Squared distances are counted where they lie below or at an end of a range, and kept where they
/// lie within: many points in one place cost no memory.
template <class Real>
struct DistanceRange {
  const Real* points;
  std::int64_t num_points, size;
  Real low, high;
};
template <class Real>
struct DistanceCounts {
  std::int64_t below = 0, at_low = 0, at_high = 0;
  std::vector<Real> within;
};

template <class Real>
struct PairKernels {
  /// Points from `first` to `end`. @param scratch of sums_scratch numbers
  void (*sums)(const PairSums<Real>&, std::int64_t first, std::int64_t end, Real* scratch);
  std::int64_t (*sums_scratch)(std::int64_t size);
  /// Pairs whose first point is one of `lanes` from `first` on; adds to the counts.
  void (*count)(const DistanceRange<Real>&, std::int64_t first, DistanceCounts<Real>&);
  std::int64_t lanes;
};

}  // namespace elbow::kernels
