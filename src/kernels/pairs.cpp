#include "elbow/kernels/pairs.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "kernel_table.h"

namespace elbow::kernels {
namespace {

/// Below this many pairs of numbers another thread costs more than it does.
constexpr double kWorthThreads = 1 << 16;

/// A number in [0, n) that depends on t alone.
std::int64_t scattered(std::uint64_t t, std::int64_t n) {
  std::uint64_t x = (t + 1) * 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return static_cast<std::int64_t>((x ^ (x >> 31)) % static_cast<std::uint64_t>(n));
}

template <class Real>
std::vector<Real> sample_of_distances(const Real* points,
                                      std::int64_t num_points,
                                      std::int64_t size,
                                      std::int64_t count) {
  std::vector<Real> out;
  out.reserve(static_cast<std::size_t>(count));
  for (std::int64_t t = 0; t < count; ++t) {
    const std::int64_t i = scattered(2 * static_cast<std::uint64_t>(t), num_points);
    std::int64_t j = scattered(2 * static_cast<std::uint64_t>(t) + 1, num_points - 1);
    if (j >= i) ++j;
    Real sum = 0;
    for (std::int64_t d = 0; d < size; ++d) {
      const Real apart = points[j * size + d] - points[i * size + d];
      sum += apart * apart;
    }
    out.push_back(sum);
  }
  std::sort(out.begin(), out.end());
  return out;
}

template <class Real>
DistanceCounts<Real> count_range(const DistanceRange<Real>& range) {
  const auto& table = real_kernels<Real>().pairs;
  const std::int64_t tiles = (range.num_points + table.lanes - 1) / table.lanes;
  const double work =
      static_cast<double>(range.num_points) * static_cast<double>(range.num_points * range.size);
  DistanceCounts<Real> out;
#pragma omp parallel if (work >= kWorthThreads && !omp_in_parallel())
  {
    DistanceCounts<Real> own;
    // Tiles from the beginning have more pairs.
#pragma omp for schedule(dynamic, 4)
    for (std::int64_t t = 0; t < tiles; ++t) table.count(range, t * table.lanes, own);
#pragma omp critical
    {
      out.below += own.below;
      out.at_low += own.at_low;
      out.at_high += own.at_high;
      out.within.insert(out.within.end(), own.within.begin(), own.within.end());
    }
  }
  return out;
}

/// The distance of a rank, where the counts know it.
template <class Real>
bool find_rank(DistanceCounts<Real>& counts,
               const DistanceRange<Real>& range,
               std::int64_t rank,
               Real& out) {
  std::int64_t left = rank - counts.below;
  if (left < 0) return false;
  if (left < counts.at_low) return out = range.low, true;
  left -= counts.at_low;
  const auto num_within = static_cast<std::int64_t>(counts.within.size());
  if (left < num_within) {
    const auto place = counts.within.begin() + static_cast<std::ptrdiff_t>(left);
    std::nth_element(counts.within.begin(), place, counts.within.end());
    return out = *place, true;
  }
  if (left - num_within < counts.at_high) return out = range.high, true;
  return false;
}

}  // namespace

template <class Real>
void run_pair_sums(const PairSums<Real>& job) {
  const auto& table = real_kernels<Real>().pairs;
  const std::int64_t tiles = (job.num_points + table.lanes - 1) / table.lanes;
  const double work =
      static_cast<double>(job.num_points) * static_cast<double>(job.num_points * job.size);
#pragma omp parallel if (work >= kWorthThreads && !omp_in_parallel())
  {
    std::vector<Real> scratch(static_cast<std::size_t>(table.sums_scratch(job.size)));
#pragma omp for schedule(static)
    for (std::int64_t t = 0; t < tiles; ++t)
      table.sums(
          job, t * table.lanes, std::min(job.num_points, (t + 1) * table.lanes), scratch.data());
  }
}

template <class Real>
OrderStatistics<Real> squared_distance_of_rank(const Real* points,
                                               std::int64_t num_points,
                                               std::int64_t size,
                                               std::int64_t rank) {
  constexpr double kFew = 4096, kMany = 4e6;
  constexpr Real kInfinite = std::numeric_limits<Real>::infinity();
  const std::int64_t pairs = num_points * (num_points - 1) / 2;
  if (rank < 0 || rank >= pairs)
    throw std::invalid_argument("squared_distance_of_rank: there are " + std::to_string(pairs) +
                                " pairs, and rank " + std::to_string(rank) + " was asked for");
  const bool takes_all = static_cast<double>(pairs) <= kFew;
  const double count =
      std::min(kMany, std::max(kFew, std::pow(static_cast<double>(pairs), 2.0 / 3)));
  const std::vector<Real> sample =
      takes_all ? std::vector<Real>{}
                : sample_of_distances(points, num_points, size, static_cast<std::int64_t>(count));
  const double share = (static_cast<double>(rank) + 0.5) / static_cast<double>(pairs);
  // Standard errors to either side: 5 miss the rank in one of two million calls.
  for (double width = 5;; width *= 4) {
    const double error = width * std::sqrt(count * share * (1 - share)) + 2;
    const double from = count * share - error, to = count * share + error;
    const bool is_open_below = takes_all || from < 0, is_open_above = takes_all || to >= count - 1;
    DistanceRange<Real> range{points, num_points, size, -kInfinite, kInfinite};
    if (!is_open_below) range.low = sample[static_cast<std::size_t>(from)];
    if (!is_open_above) range.high = sample[static_cast<std::size_t>(to) + 1];
    if (range.low == range.high) range.high = std::nextafter(range.high, kInfinite);
    DistanceCounts<Real> counts = count_range(range);
    OrderStatistics<Real> out{};
    if (find_rank(counts, range, rank, out.value) &&
        find_rank(counts, range, std::min(rank + 1, pairs - 1), out.next))
      return out;
    if (is_open_below && is_open_above)
      throw std::domain_error("squared_distance_of_rank: a distance is not a number");
  }
}

template void run_pair_sums(const PairSums<float>&);
template void run_pair_sums(const PairSums<double>&);
template OrderStatistics<float> squared_distance_of_rank(const float*,
                                                         std::int64_t,
                                                         std::int64_t,
                                                         std::int64_t);
template OrderStatistics<double> squared_distance_of_rank(const double*,
                                                          std::int64_t,
                                                          std::int64_t,
                                                          std::int64_t);

}  // namespace elbow::kernels
