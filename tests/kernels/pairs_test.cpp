// Sums over pairs and order statistics of distances against plain loops.
#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "elbow/kernels/pairs.h"
#include "kernels/instruction_sets.h"

namespace elbow::kernels {
namespace ELBOW_TEST_FILE {

template <class Real>
std::vector<Real> normals(std::int64_t count, unsigned seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<Real> out(static_cast<std::size_t>(count));
  for (Real& value : out) value = static_cast<Real>(normal(generator));
  return out;
}

template <class Real>
double square_apart(const std::vector<Real>& points,
                    std::int64_t size,
                    std::int64_t i,
                    std::int64_t j) {
  double sum = 0;
  for (std::int64_t d = 0; d < size; ++d) {
    const double apart = double{points[static_cast<std::size_t>(j * size + d)]} -
                         double{points[static_cast<std::size_t>(i * size + d)]};
    sum += apart * apart;
  }
  return sum;
}

template <class Real>
struct Sums {
  std::vector<Real> attraction, repulsion;
};

template <class Real>
Sums<Real> sums_of(RadialKernel kernel,
                   const std::vector<Real>& points,
                   const std::vector<Real>& scores,
                   std::int64_t size) {
  Sums<Real> out{std::vector<Real>(points.size()), std::vector<Real>(points.size())};
  run_pair_sums(PairSums<Real>{kernel,
                               static_cast<std::int64_t>(points.size()) / size,
                               size,
                               points.data(),
                               scores.data(),
                               out.attraction.data(),
                               out.repulsion.data()});
  return out;
}

template <class Real>
void expect_sums(RadialKernel kernel, std::int64_t n, std::int64_t size, double tolerance) {
  const auto points = normals<Real>(n * size, 1), scores = normals<Real>(n * size, 2);
  const auto found = sums_of<Real>(kernel, points, scores, size);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t d = 0; d < size; ++d) {
      double attraction = 0, repulsion = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        const auto at = static_cast<std::size_t>(j * size + d);
        const double r2 = square_apart(points, size, i, j);
        const bool is_rbf = kernel == RadialKernel::exponential;
        const double value = is_rbf ? std::exp(-r2) : 1 / std::sqrt(1 + r2);
        const double slope = is_rbf ? -value : -0.5 * value * value * value;
        attraction += value * scores[at];
        repulsion += 2 * slope * (points[at] - points[static_cast<std::size_t>(i * size + d)]);
      }
      const auto at = static_cast<std::size_t>(i * size + d);
      ASSERT_NEAR(found.attraction[at], attraction, tolerance * static_cast<double>(n));
      ASSERT_NEAR(found.repulsion[at], repulsion, tolerance * static_cast<double>(n));
    }
}

class Pairs : public EachInstructionSet {};

TEST_P(Pairs, SumsAreThoseOfTheDefinition) {
  for (const RadialKernel kernel : {RadialKernel::exponential, RadialKernel::inverse_multiquadric})
    for (const std::int64_t n : {1, 2, 7, 8, 33, 130})
      for (const std::int64_t size : {1, 2, 3, 17}) {
        expect_sums<double>(kernel, n, size, 1e-14);
        expect_sums<float>(kernel, n, size, 3e-6);
      }
}

TEST_P(Pairs, SumsHaveTheSameBitsForAnyNumberOfThreads) {
  const std::int64_t size = 5;
  const auto points = normals<double>(1500 * size, 3), scores = normals<double>(1500 * size, 4);
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const auto one = sums_of(RadialKernel::exponential, points, scores, size);
  omp_set_num_threads(3);
  const auto three = sums_of(RadialKernel::exponential, points, scores, size);
  omp_set_num_threads(before);
  EXPECT_EQ(one.attraction, three.attraction);
  EXPECT_EQ(one.repulsion, three.repulsion);
}

/// Every distance as the kernel adds it up, up to the last bit.
template <class Real>
std::vector<double> sorted_squares(const std::vector<Real>& points, std::int64_t size) {
  std::vector<double> out;
  const auto n = static_cast<std::int64_t>(points.size()) / size;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = i + 1; j < n; ++j) out.push_back(square_apart(points, size, i, j));
  std::sort(out.begin(), out.end());
  return out;
}

template <class Real>
void expect_ranks(const std::vector<Real>& points, std::int64_t size) {
  const auto squares = sorted_squares(points, size);
  const auto pairs = static_cast<std::int64_t>(squares.size());
  for (const std::int64_t rank :
       {std::int64_t{0}, pairs / 7, (pairs - 1) / 2, pairs / 2, pairs - 1}) {
    const auto found = squared_distance_of_rank(
        points.data(), static_cast<std::int64_t>(points.size()) / size, size, rank);
    const double epsilon = 4 * std::numeric_limits<Real>::epsilon();
    const auto at = static_cast<std::size_t>(rank);
    const auto next = static_cast<std::size_t>(std::min(rank + 1, pairs - 1));
    ASSERT_NEAR(found.value, squares[at], epsilon * (squares[at] + 1e-30))
        << rank << " of " << pairs;
    ASSERT_NEAR(found.next, squares[next], epsilon * (squares[next] + 1e-30)) << rank;
  }
}

// 40 points take all pairs at once, 400 and 1,500 a sample first.
TEST_P(Pairs, RanksAreThoseOfTheSortedDistances) {
  for (const std::int64_t n : {2, 3, 40, 400, 1500})
    for (const std::int64_t size : {1, 3, 10}) {
      expect_ranks(normals<double>(n * size, 5), size);
      expect_ranks(normals<float>(n * size, 6), size);
    }
}

// Whole numbers: most distances occur very often, and the middle is one of them.
TEST_P(Pairs, RanksOfEqualDistances) {
  auto points = normals<double>(900, 7);
  for (double& value : points) value = std::round(value);
  expect_ranks(points, 1);
  expect_ranks(std::vector<double>(600, 1.25), 2);
}

TEST(PairRanks, OfWhatIsNotThereAreRefused) {
  const std::vector<double> points{0, 1, 3};
  EXPECT_THROW(squared_distance_of_rank(points.data(), 3, 1, 3), std::invalid_argument);
  EXPECT_THROW(squared_distance_of_rank(points.data(), 3, 1, -1), std::invalid_argument);
  EXPECT_THROW(squared_distance_of_rank(points.data(), 1, 1, 0), std::invalid_argument);
  std::vector<double> broken(600, 1.0);
  broken[7] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(squared_distance_of_rank(broken.data(), 600, 1, 600 * 599 / 2 - 1),
               std::domain_error);
}

INSTANTIATE_TEST_SUITE_P(Sets, Pairs, ::testing::ValuesIn(supported_instruction_sets()), name_of);

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::kernels
