#include "elbow/foundations/core/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "elbow/foundations/core/philox.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using Table = std::vector<std::vector<double>>;

/// The largest sum of an assignment, by trying all of them.
double best_by_trying(const Table& values) {
  const std::size_t rows = values.size(), columns = values.front().size();
  std::vector<std::size_t> order(std::max(rows, columns));
  std::iota(order.begin(), order.end(), std::size_t{0});
  double best = -1e300;
  do {
    double sum = 0;
    for (std::size_t row = 0; row < rows; ++row)
      if (order[row] < columns) sum += values[row][order[row]];
    best = std::max(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

TEST(Assignment, IsTheBestOfAll) {
  std::uint32_t counter = 0;
  for (const auto& [rows, columns] : {std::pair{1, 1}, {4, 4}, {6, 6}, {3, 6}, {6, 3}, {5, 7}})
    for (int trial = 0; trial < 5; ++trial) {
      Table values(static_cast<std::size_t>(rows),
                   std::vector<double>(static_cast<std::size_t>(columns)));
      for (auto& row : values)
        for (double& value : row) value = philox(7, {counter++, 0, 0, 0})[0] % 10;
      const auto found = best_assignment(values);
      std::set<std::int64_t> taken;
      double sum = 0;
      for (std::size_t row = 0; row < values.size(); ++row) {
        if (found[row] < 0) continue;
        EXPECT_TRUE(taken.insert(found[row]).second) << "a column twice";
        sum += values[row][static_cast<std::size_t>(found[row])];
      }
      EXPECT_EQ(taken.size(), static_cast<std::size_t>(std::min(rows, columns)));
      EXPECT_EQ(sum, best_by_trying(values)) << rows << " x " << columns;
    }
  EXPECT_TRUE(best_assignment({}).empty());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
