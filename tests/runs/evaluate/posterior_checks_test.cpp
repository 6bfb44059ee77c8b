// Dependent pairs and posterior predictive checks, of draws made for it.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/runs/evaluate/posterior_checks.h"
#include "support/seeded.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using at::Tensor;

LatentDraws draws_with(const std::vector<Tensor>& columns) {
  LatentDraws out;
  for (std::size_t i = 0; i < columns.size(); ++i) out.names.push_back("q" + std::to_string(i));
  out.values = at::stack(columns, 1).unsqueeze(0);
  return out;
}

Tensor noise(std::uint64_t seed, std::int64_t count = 2000) {
  return testing::seeded(seed).normal({count}, at::kDouble);
}

TEST(PairsRecord, PutsCorrelationsAndFunnelsFirst) {
  const Tensor x = noise(1), log_scale = noise(2);
  const LatentDraws draws =
      draws_with({x, log_scale, noise(3), log_scale.exp() * noise(4), -x + 0.1 * noise(5), x});
  const Json found = pairs_record(draws, {0, 1, 2, 3, 4}, /*seed=*/1);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].at("x"), "q0");
  EXPECT_EQ(found[0].at("y"), "q4");
  EXPECT_LT(found[0].at("rank_correlation").get<double>(), -0.95);
  // The funnel has no correlation: its spread shows it.
  EXPECT_EQ(found[1].at("x"), "q1");
  EXPECT_EQ(found[1].at("y"), "q3");
  EXPECT_LT(std::abs(found[1].at("rank_correlation").get<double>()), 0.1);
  EXPECT_EQ(found[0].at("points").size(), 400u);
  EXPECT_FALSE(found[0].contains("divergent"));
}

TEST(PairsRecord, MarksDivergentDraws) {
  LatentDraws draws = draws_with({noise(1, 100), noise(2, 100)});
  draws.kind = DrawKind::chains;
  draws.statistic_names = {"lp__", "divergent__"};
  draws.statistics = at::zeros({1, 100, 2}, at::kDouble);
  draws.statistics[0][7][1].fill_(1);
  const Json found = pairs_record(draws, {0, 1}, 1);
  ASSERT_EQ(found.at(0).at("divergent").size(), 1u);
  EXPECT_EQ(found[0]["divergent"][0][0], draws.values[0][7][0].item<double>());
}

TEST(PairsRecord, ShowsThePosteriorOfUsableWeights) {
  const Tensor x = noise(1), y = noise(2);
  LatentDraws draws = draws_with({x, y});
  // Towards a normal with a correlation of 0.5.
  const double r = 0.5;
  draws.log_weights = -0.5 * (x * x - 2 * r * x * y + y * y) / (1 - r * r) + 0.5 * (x * x + y * y);
  const Json found = pairs_record(draws, {0, 1}, 1);
  EXPECT_EQ(found.at(0).at("posterior").size(), 400u);
  EXPECT_NEAR(found[0].at("rank_correlation").get<double>(), 0.48, 0.1);
  draws.log_weights = 3 * x * x;  // without a mean
  EXPECT_FALSE(pairs_record(draws, {0, 1}, 1).at(0).contains("posterior"));
  EXPECT_TRUE(pairs_record(draws, {0}, 1).empty());
}

TEST(PredictiveRecord, HoldsTheDataAgainstTheirReplications) {
  constexpr std::int64_t kDraws = 1000, kElements = 30;
  std::vector<Tensor> columns{noise(9, kDraws)};
  for (std::int64_t i = 0; i < kElements; ++i)
    columns.push_back(noise(100 + static_cast<std::uint64_t>(i), kDraws));
  Replication one{"y_rep", {}, noise(7, kElements)};
  for (std::size_t i = 1; i <= kElements; ++i) one.quantities.push_back(i);
  const Json found = predictive_record(draws_with(columns), {one}).at(0);
  EXPECT_EQ(found.at("count"), kElements);
  EXPECT_EQ(found.at("intervals").size(), 30u);
  // Quantiles of 1,000 draws: four standard errors of the tail.
  EXPECT_NEAR(found["intervals"][0]["q5"].get<double>(), -1.645, 0.27);
  EXPECT_EQ(found["intervals"][3]["observed"], one.observed[3].item<double>());
  EXPECT_NEAR(found.at("inside_90").get<double>(), 0.9, 4 * 0.055);
  EXPECT_EQ(found.at("statistics")[0].at("name"), "mean");
  EXPECT_EQ(found["statistics"][0]["observed"], one.observed.mean().item<double>());
  EXPECT_TRUE(found.at("histogram").is_object());
  // Data from elsewhere are above every replication.
  one.observed = one.observed + 10;
  const Json far = predictive_record(draws_with(columns), {one}).at(0);
  EXPECT_EQ(far["statistics"][0]["share_above"], 0.0);
  EXPECT_EQ(far.at("inside_90"), 0.0);
  one.observed = Tensor();
  EXPECT_FALSE(predictive_record(draws_with(columns), {one}).at(0).contains("statistics"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
