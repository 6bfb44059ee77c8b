// Every pair of the KL table against Monte Carlo, itself and central differences.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "elbow/probability/distributions/kl.h"
#include "probability/distributions/conformance_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::example;
using testing::expect_gradient;
using testing::expect_mean;
using testing::joined;
using testing::largest_difference;
using testing::seeded;

class ClosedFormKl : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};
INSTANTIATE_TEST_SUITE_P(All,
                         ClosedFormKl,
                         ::testing::ValuesIn(closed_form_kl_pairs()),
                         [](const auto& test) {
                           return test.param.first + "_" + test.param.second;
                         });

TEST_P(ClosedFormKl, MatchesMonteCarlo) {
  const auto p = example(GetParam().first, {3}, 14)->detach();
  const auto q = example(GetParam().second, {3}, 15)->detach();
  const auto kl = kl_divergence(*p, *q);
  ASSERT_TRUE(kl.has_value());
  EXPECT_EQ(kl->sizes(), p->batch_shape());
  auto source = seeded(16);
  const Tensor draws = p->sample({200000}, source);
  expect_mean(p->log_prob(draws) - q->log_prob(draws), *kl, "kl");
}

TEST_P(ClosedFormKl, IsZeroFromItselfAndSumsItsTerms) {
  const auto p = example(GetParam().first, {3}, 14);
  const auto q = example(GetParam().second, {3}, 15);
  const auto terms = kl_per_dimension(*p, *q);
  const Tensor total = *kl_divergence(*p, *q);
  if (terms) {
    EXPECT_EQ(terms->sizes(), joined({p->batch_shape(), p->event_shape()}));
    EXPECT_LT(largest_difference(total, terms->reshape({3, -1}).sum(-1)), 1e-12);
  }
  EXPECT_GT(total.min().item<double>(), 0.0);
  if (GetParam().first == GetParam().second) {
    EXPECT_LT(kl_divergence(*p, *p)->abs().max().item<double>(), 1e-12);
  }
}

TEST_P(ClosedFormKl, GradientMatchesCentralDifferences) {
  const auto p = example(GetParam().first, {2}, 17);
  const auto q = example(GetParam().second, {2}, 18)->detach();
  // A multiple of every parameter, so that each has a gradient even where the KL ignores it.
  expect_gradient(*p, [&] {
    Tensor sum = kl_divergence(*p, *q)->sum();
    for (const auto& [name, tensor] : p->parameters()) sum = sum + tensor.sum() * 0.1;
    return sum;
  });
}

TEST(ClosedFormKlTable, HasNoFormForUnequalFamilies) {
  EXPECT_FALSE(
      kl_divergence(*example("normal", {2}, 1), *example("bernoulli", {2}, 2)).has_value());
  EXPECT_FALSE(
      kl_per_dimension(*example("normal", {2}, 1), *example("diag_normal", {2}, 2)).has_value());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
