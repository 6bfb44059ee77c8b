// Transposition of whole matrices, exact for every instruction set.
#include <gtest/gtest.h>

#include <vector>

#include "elbow/kernels/transpose.h"
#include "kernels/instruction_sets.h"

namespace elbow::kernels {
namespace ELBOW_TEST_FILE {

template <class Real>
void expect_transposed(std::int64_t rows, std::int64_t cols) {
  std::vector<Real> from(static_cast<std::size_t>(rows * cols));
  std::vector<Real> to(from.size() + 1, Real(1000));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<Real>(i);
  run_transpose(Transpose<Real>{rows, cols, from.data(), to.data()});
  for (std::int64_t c = 0; c < cols; ++c)
    for (std::int64_t r = 0; r < rows; ++r)
      ASSERT_EQ(to[static_cast<std::size_t>(c * rows + r)],
                from[static_cast<std::size_t>(r * cols + c)])
          << rows << " x " << cols << " at " << r << ", " << c;
  EXPECT_EQ(to.back(), Real(1000)) << "written behind the end";
}

class TransposeOf : public EachInstructionSet {};

TEST_P(TransposeOf, EverySizeIsExact) {
  for (const std::int64_t rows : {0, 1, 7, 16, 33, 300})
    for (const std::int64_t cols : {0, 1, 8, 17, 64, 131}) {
      expect_transposed<float>(rows, cols);
      expect_transposed<double>(rows, cols);
    }
}

INSTANTIATE_TEST_SUITE_P(Sets,
                         TransposeOf,
                         ::testing::ValuesIn(supported_instruction_sets()),
                         name_of);

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::kernels
