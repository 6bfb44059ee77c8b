#include "elbow/models/conjugate/topic_coherence.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace elbow {
namespace ELBOW_TEST_FILE {

/// Eight documents: words 0 and 1 in four and three of them, in two together; 2 and 3 always
/// together, in two; 4 with none of them.
Tensor documents() {
  // clang-format off
  return at::tensor({2.0, 1.0, 0.0, 0.0, 0.0,
                     1.0, 1.0, 0.0, 0.0, 0.0,
                     1.0, 0.0, 1.0, 3.0, 0.0,
                     1.0, 0.0, 0.0, 0.0, 0.0,
                     0.0, 5.0, 0.0, 0.0, 0.0,
                     0.0, 0.0, 2.0, 1.0, 0.0,
                     0.0, 0.0, 0.0, 0.0, 1.0,
                     0.0, 0.0, 0.0, 0.0, 0.0}, at::kDouble)
      .view({8, 5});
  // clang-format on
}

TEST(TopicCoherence, EqualsTheValuesByHand) {
  TopicCoherence coherence({{1, 0}, {2, 3}, {0, 4}, {0, 1, 4}, {3}});
  coherence.add(documents().narrow(0, 0, 3).to_sparse_csr());
  coherence.add(documents().narrow(0, 3, 5).to_sparse_csr());
  // ln((2/8) / (4/8 * 3/8)) / -ln(2/8)
  const double met = std::log(4.0 / 3.0) / std::log(4.0);
  const std::vector<double> wanted = {met, 1.0, -1.0, (met - 2.0) / 3.0};
  const std::vector<double> found = coherence.per_topic();
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t k = 0; k < wanted.size(); ++k) EXPECT_NEAR(found[k], wanted[k], 1e-15) << k;
  EXPECT_NEAR(coherence.mean(), (met + (met - 2.0) / 3.0) / 4.0, 1e-15);
}

TEST(TopicCoherence, IndependentWordsHaveNoneAndNoTopicIsNotANumber) {
  TopicCoherence coherence({{0, 1}});
  coherence.add(at::tensor({1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0}).view({4, 2}).to_sparse_csr());
  EXPECT_NEAR(coherence.mean(), 0.0, 1e-15);
  EXPECT_TRUE(std::isnan(TopicCoherence({}).mean()));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
