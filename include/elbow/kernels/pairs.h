#pragma once

#include <cstdint>
#include <vector>

namespace elbow::kernels {

/// A function of the squared distance r2: exp(-r2), or (1 + r2)^(-1/2). Points are scaled before.
enum class RadialKernel { exponential, inverse_multiquadric };

/// For each of N points the sums over all points j, itself among them,
///   attraction_i = sum_j k(r2_ij) scores_j
///   repulsion_i  = sum_j 2 k'(r2_ij) (points_j - points_i)
/// without a table of N x N. @param points, scores, attraction, repulsion [N, D]
template <class Real>
struct PairSums {
  RadialKernel kernel;
  std::int64_t num_points, size;
  const Real* points;
  const Real* scores;
  Real* attraction;
  Real* repulsion;
};

/// On all threads. Each point's sum runs over j in one order, so the bits are those of one thread.
template <class Real>
void run_pair_sums(const PairSums<Real>& job);

/// Of the N (N - 1) / 2 squared distances the one with this number, counted from 0 in ascending
/// order, and the next one (itself, where it is the last). Exact: a sample says between which two
/// numbers it lies, and one pass over all pairs counts the smaller ones and keeps those between.
/// @param points [N, D], N >= 2
template <class Real>
struct OrderStatistics {
  Real value, next;
};
template <class Real>
OrderStatistics<Real> squared_distance_of_rank(const Real* points,
                                               std::int64_t num_points,
                                               std::int64_t size,
                                               std::int64_t rank);

}  // namespace elbow::kernels
