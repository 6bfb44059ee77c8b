// A normal pushed onto a constrained support, whose events may have another shape than the base's.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/neural/flows/transformed_distribution.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/transforms/support.h"
#include "support/seeded.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

DistributionPtr pushed_onto(const Support& support, const Shape& event_shape, std::int64_t size) {
  const auto options = at::TensorOptions(at::kDouble);
  const auto base = std::make_shared<DiagNormal>(
      at::linspace(-1, 1, 2 * size, options).view({2, size}), at::full({2, size}, -0.3, options));
  return std::make_shared<TransformedDistribution>(base, support.bijection(event_shape));
}

TEST(Constrained, DrawsLieOnTheSupportAndAreScoredByTheInverse) {
  const struct {
    Support support;
    Shape event_shape;
    std::int64_t size;
  } cases[] = {{Support::positive(), {3}, 3},
               {Support::simplex(), {4}, 3},
               {Support::cholesky_covariance(), {3, 3}, 6},
               {Support::cholesky_correlation(), {4, 4}, 6}};
  for (const auto& [support, event_shape, size] : cases) {
    const DistributionPtr q = pushed_onto(support, event_shape, size);
    EXPECT_EQ(q->event_shape(), event_shape) << support.text();
    EXPECT_EQ(q->batch_shape(), Shape({2})) << support.text();
    auto source = testing::seeded(1);
    const auto [draws, log_prob] = q->rsample_and_log_prob({5}, source);
    EXPECT_TRUE(support.contains(draws, event_shape).all().item<bool>()) << support.text();
    ASSERT_EQ(log_prob.sizes(), at::IntArrayRef({5, 2})) << support.text();
    EXPECT_LT((q->log_prob(draws) - log_prob).abs().max().item<double>(), 1e-11) << support.text();
  }
}

TEST(Constrained, RefusesABaseOfAnotherRankOrSize) {
  EXPECT_THROW(pushed_onto(Support::positive(), {}, 3), c10::Error);
  EXPECT_THROW(pushed_onto(Support::simplex(), {4}, 2), c10::Error);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
