#include "elbow/runs/train/step_sums.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <cmath>

namespace elbow {
namespace ELBOW_TEST_FILE {

StepReport report(double elbo, double kl, bool is_finite = true) {
  StepReport out;
  out.means = {{"elbo", at::full({}, elbo, at::kFloat)}, {"kl", at::full({}, kl, at::kDouble)}};
  out.gradient_norm = at::full({}, 2.0, at::kDouble);
  out.found_non_finite = at::full({}, is_finite ? 0.0 : 1.0, at::kFloat);
  return out;
}

TEST(StepSums, LeaveOutStepsThatWereNotFinite) {
  StepSums sums;
  sums.add(report(-3, 1), 0);
  sums.add(report(std::nan(""), 5, /*is_finite=*/false), 0);
  sums.add(report(-5, 2), 0);
  const MetricSums read = sums.read();
  EXPECT_EQ(read.count, 2);
  const std::vector<std::pair<std::string, double>> expected{
      {"elbo", -8}, {"kl", 3}, {"grad_norm", 4}};
  EXPECT_EQ(read.sums, expected);
  sums.zero();
  EXPECT_EQ(sums.read().count, 0);
  EXPECT_EQ(sums.read().sums[0].second, 0);
}

TEST(StepSums, AreInTheUnitsOfTheFile) {
  StepSums sums;
  sums.add(report(-3, 1), 0.5);
  EXPECT_EQ(sums.read().sums[0].second, -3.5);
  EXPECT_EQ(sums.read().sums[1].second, 1) << "a divergence has no unit";
}

TEST(StepSums, GoOnFromWhatWasRead) {
  StepSums first;
  first.add(report(-3, 1), 0);
  StepSums second;
  second.restore(first.read());
  EXPECT_EQ(second.read().count, 1) << "before another step";
  second.add(report(-5, 2), 0);
  EXPECT_EQ(second.read().count, 2);
  EXPECT_EQ(second.read().sums[0].second, -8);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
