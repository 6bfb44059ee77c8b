#include "elbow/foundations/core/permutation.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace elbow {
namespace ELBOW_TEST_FILE {

bool is_bijection(const Permutation& permutation, std::int64_t size) {
  std::vector<char> seen(static_cast<std::size_t>(size), 0);
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t image = permutation(i);
    if (image < 0 || image >= size || seen[static_cast<std::size_t>(image)]++ != 0) return false;
  }
  return true;
}

TEST(Permutation, IsABijectionOfEverySize) {
  for (std::int64_t size = 1; size <= 300; ++size)
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch)
      ASSERT_TRUE(is_bijection(Permutation(5, epoch, size), size)) << size;
  for (const std::int64_t size : {1023, 1024, 1025, 60000, 65536, 65537})
    EXPECT_TRUE(is_bijection(Permutation(1, 2, size), size)) << size;
}

TEST(Permutation, DependsOnSeedAndEpochAlone) {
  const Permutation base(1, 0, 60000), same(1, 0, 60000), epoch(1, 1, 60000), seed(2, 0, 60000);
  int with_epoch = 0, with_seed = 0;
  for (std::int64_t i = 0; i < 60000; ++i) {
    ASSERT_EQ(base(i), same(i));
    with_epoch += base(i) == epoch(i) ? 1 : 0;
    with_seed += base(i) == seed(i) ? 1 : 0;
  }
  // Two independent permutations agree at Poisson(1) many places: more than 12 has probability
  // 6e-11.
  EXPECT_LE(with_epoch, 12);
  EXPECT_LE(with_seed, 12);
}

TEST(Permutation, ARangeIsTheSameAsOneByOne) {
  for (const std::int64_t size : {1, 2, 5, 17, 300, 102400}) {
    const Permutation permutation(4, 7, size);
    for (const std::int64_t begin : {std::int64_t{0}, size / 3, size - 1}) {
      const std::int64_t end = std::min(size, begin + 301);
      const std::vector<std::int64_t> range = permutation.range(begin, end);
      ASSERT_EQ(static_cast<std::int64_t>(range.size()), end - begin);
      for (std::int64_t i = begin; i < end; ++i)
        ASSERT_EQ(range[static_cast<std::size_t>(i - begin)], permutation(i)) << size << " " << i;
    }
  }
  EXPECT_TRUE(Permutation(4, 7, 10).range(3, 3).empty());
  EXPECT_THROW(Permutation(4, 7, 10).range(3, 11), std::out_of_range);
}

/// A checkpoint names the version that ordered its data: these values hold for version 1 for ever.
/// They agree with an independent implementation in integers of Python.
TEST(Permutation, VersionOneIsFrozen) {
  ASSERT_EQ(Permutation::kVersion, 1);
  std::vector<std::int64_t> first;
  const Permutation permutation(1, 0, 60000);
  for (std::int64_t i = 0; i < 6; ++i) first.push_back(permutation(i));
  EXPECT_EQ(first, (std::vector<std::int64_t>{52523, 12722, 15524, 28322, 28598, 2954}));
}

/// Chi-square of the image of every index over 7,000 epochs, 7 elements: 36 degrees of freedom for
/// 49 cells. 90 is exceeded with probability 2e-6.
TEST(Permutation, SpreadsEachIndexEvenly) {
  constexpr int kSize = 7, kEpochs = 7000;
  std::vector<double> count(kSize * kSize, 0.0);
  for (std::uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const Permutation permutation(3, epoch, kSize);
    for (int i = 0; i < kSize; ++i)
      count[static_cast<std::size_t>(i * kSize + permutation(i))] += 1.0;
  }
  double chi_square = 0.0;
  for (const double c : count) chi_square += (c - 1000.0) * (c - 1000.0) / 1000.0;
  EXPECT_LT(chi_square, 90.0);
}

/// Neighbours are no longer neighbours: of 60,000, about 2 pairs stay adjacent in order; Poisson(2)
/// above 20 is 1e-13.
TEST(Permutation, SeparatesNeighbours) {
  const Permutation permutation(9, 4, 60000);
  int adjacent = 0;
  for (std::int64_t i = 1; i < 60000; ++i)
    adjacent += std::abs(permutation(i) - permutation(i - 1)) == 1 ? 1 : 0;
  EXPECT_LE(adjacent, 20);
}

TEST(Permutation, LargeDomainsSeekInConstantTime) {
  const std::int64_t size = (std::int64_t{1} << 40) + 7;
  const Permutation permutation(1, 1, size);
  for (const std::int64_t i : {std::int64_t{0}, size / 2, size - 1}) {
    EXPECT_GE(permutation(i), 0);
    EXPECT_LT(permutation(i), size);
  }
}

TEST(Permutation, RefusesWhatIsOutOfRange) {
  EXPECT_THROW(Permutation(1, 1, 0), std::invalid_argument);
  EXPECT_THROW(Permutation(1, 1, (std::int64_t{1} << 62) + 1), std::invalid_argument);
  EXPECT_THROW(Permutation(1, 1, 5)(5), std::out_of_range);
  EXPECT_THROW(Permutation(1, 1, 5)(-1), std::out_of_range);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
