// Draws as summaries, comparisons and files of other programs.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/runs/evaluate/posterior_draws.h"
#include "elbow/runs/evaluate/posterior_plots.h"
#include "elbow/runs/evaluate/posterior_record.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

LatentDraws draws_of(DrawKind kind, std::int64_t chains, std::int64_t count, double scale) {
  at::manual_seed(4);
  LatentDraws out;
  out.kind = kind;
  out.names = {"mu", "Sigma[1,2]"};
  out.values = at::randn({chains, count, 2}, at::kDouble) * scale + 1;
  if (kind != DrawKind::chains) return out;
  out.statistic_names = {"lp__",
                         "accept_stat__",
                         "stepsize__",
                         "treedepth__",
                         "n_leapfrog__",
                         "divergent__",
                         "energy__"};
  out.statistics = at::rand({chains, count, 7}, at::kDouble);
  out.statistics.select(2, 5).zero_();
  return out;
}

TEST(LatentDraws, ErrorsAreOfWhatHasThem) {
  const QuantitySummary guide = summarise_quantity(draws_of(DrawKind::independent, 1, 400, 2), 0);
  EXPECT_NEAR(guide.mcse, guide.sd / 20, 1e-12);
  EXPECT_TRUE(std::isnan(guide.r_hat));
  const QuantitySummary chains = summarise_quantity(draws_of(DrawKind::chains, 4, 100, 2), 0);
  EXPECT_NEAR(chains.r_hat, 1, 0.03);
  EXPECT_GT(chains.bulk_ess, 200);
  const QuantitySummary particles = summarise_quantity(draws_of(DrawKind::particles, 1, 50, 2), 0);
  EXPECT_TRUE(std::isnan(particles.mcse));
  EXPECT_TRUE(std::isnan(particles.bulk_ess));
  EXPECT_EQ(summarise_draws(draws_of(DrawKind::particles, 1, 50, 2)).size(), 2u);
}

TEST(LatentDraws, RecordShowsFirstTheQuantitiesWhoseChainsDisagree) {
  LatentDraws draws = draws_of(DrawKind::chains, 4, 500, 2);
  // The second quantity of the third chain lies elsewhere.
  draws.values.select(2, 1).select(0, 2).add_(5);
  const Json record = posterior_record(draws, /*max_depth=*/10);
  ASSERT_EQ(record.at("quantities").size(), 3u);
  EXPECT_EQ(record.at("quantities")[0].at("name"), "lp__");
  EXPECT_EQ(record.at("plots")[0].at("name"), "Sigma[1,2]");
  EXPECT_EQ(record.at("plots")[1].at("name"), "mu");
  const Json& ranks = record.at("plots")[0].at("ranks");
  ASSERT_EQ(ranks.size(), 4u);
  EXPECT_GT(ranks[2].back().get<double>(), 2.5);  // nearly all of the largest ranks
  EXPECT_LT(ranks[2].front().get<double>(), 0.2);
  for (const Json& chain : ranks) {
    double sum = 0;
    for (const Json& one : chain) sum += one.get<double>();
    EXPECT_NEAR(sum, 20, 1e-9);
  }
  const Json& histogram = record.at("plots")[1].at("histogram");
  double area = 0;
  for (const Json& one : histogram.at("density"))
    area += one.get<double>() * histogram.at("width").get<double>();
  EXPECT_NEAR(area, 1, 1e-9);
  EXPECT_EQ(record.at("plots")[1].at("traces")[0].size(), 250u);
  EXPECT_EQ(record.at("plots")[1].at("traces")[3][1], draws.values[3][2][0].item<double>());
  EXPECT_EQ(record.at("chains").at("of_each").size(), 4u);
  const Json particles = posterior_record(draws_of(DrawKind::particles, 1, 50, 2), 10);
  EXPECT_TRUE(particles.at("quantities")[0].at("r_hat").is_null());
  EXPECT_FALSE(particles.at("plots")[0].contains("ranks"));
}

TEST(LatentDraws, ComparisonsAreThoseOfTwoNormals) {
  const LatentDraws yardstick = draws_of(DrawKind::chains, 4, 5000, 2);
  LatentDraws narrow = draws_of(DrawKind::independent, 1, 20000, 1);
  narrow.values = narrow.values + 0.5;
  const QuantityComparison found = compare_quantity(yardstick, 0, narrow, 0);
  EXPECT_NEAR(found.shift, 0.25, 5 * found.shift_error);
  EXPECT_NEAR(found.sd_ratio, 0.5, 5 * found.sd_ratio_error);
  // Quantile functions a + s u and a + 0.25 + s u / 2: W1 = E|0.25 - u / 2| with u standard normal.
  EXPECT_NEAR(found.wasserstein, 0.4494, 5 * found.wasserstein_error);
  // Independent draws: the error of a difference of means in sds is sqrt(1/N + s^2/M).
  EXPECT_NEAR(found.shift_error, std::sqrt(1.0 / 20000 + 0.25 / 20000), 0.004);
  const auto of_particles = compare_quantity(draws_of(DrawKind::particles, 1, 50, 2), 0, narrow, 0);
  EXPECT_TRUE(std::isnan(of_particles.shift_error));
}

TEST(LatentDraws, FactsOfChainsNameThoseThatNeverMoved) {
  LatentDraws draws = draws_of(DrawKind::chains, 3, 20, 1);
  draws.values[1].copy_(draws.values[1][0].clone().expand({20, 2}));
  draws.statistics[2].select(1, 5).fill_(1);
  const Json facts = chain_facts(draws, /*max_depth=*/10);
  EXPECT_EQ(facts.at("stuck"), Json::array({2}));
  EXPECT_EQ(facts.at("divergent"), 20);
  EXPECT_TRUE(chain_facts(draws_of(DrawKind::particles, 1, 5, 1), 10).empty());
}

TEST(LatentDraws, FilesAreCmdStansAndNumpys) {
  const LatentDraws draws = draws_of(DrawKind::chains, 2, 3, 1);
  const Json inference = {{"num_warmup", 10}, {"sampler", "nuts"}, {"max_depth", 8}};
  const std::string csv = cmdstan_csv(draws, 1, "schools", inference, 5);
  EXPECT_THAT(csv,
              HasSubstr("\nlp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,"
                        "energy__,mu,Sigma.1.2\n"));
  EXPECT_THAT(csv, HasSubstr("# model = schools\n"));
  EXPECT_THAT(csv, HasSubstr("# id = 2\n"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n') - std::count(csv.begin(), csv.end(), '#'), 4);
  const std::string alone =
      cmdstan_csv(draws_of(DrawKind::independent, 1, 2, 1), 0, "m", Json::object(), 1);
  EXPECT_THAT(alone, HasSubstr("\nlp__,mu,Sigma.1.2\n0,"));
  const std::string npz = draws_npz(draws);
  EXPECT_EQ(npz.substr(0, 4), std::string("PK\3\4"));
  EXPECT_THAT(npz, HasSubstr("Sigma[1,2].npy"));
  EXPECT_EQ(npz, draws_npz(draws));
}

TEST(LatentDraws, PicturesNameTheirRuns) {
  const std::vector<LabelledDraws> runs{{"hmc & co", draws_of(DrawKind::chains, 2, 50, 1)},
                                        {"vi", draws_of(DrawKind::independent, 1, 80, 2)}};
  EXPECT_THAT(marginals_svg("mu", runs), HasSubstr("hmc &amp; co"));
  EXPECT_THAT(pairs_svg({"mu", "Sigma[1,2]"}, runs), HasSubstr("hmc &amp; co"));
  EXPECT_EQ(find_quantity(runs[0].draws, "Sigma[1,2]"), 1);
  EXPECT_EQ(find_quantity(runs[0].draws, "tau"), -1);
}

// Draws of N(0, 1) with the weights of N(0.5, 0.8^2): the resampled ones have its moments, within 5
// errors of an effective size of a third of 20,000.
TEST(ResampledDraws, AreThoseOfTheTarget) {
  at::manual_seed(4);
  LatentDraws draws;
  draws.names = {"x"};
  const Tensor x = at::randn({20000}, at::kDouble);
  draws.values = x.view({1, -1, 1});
  draws.log_weights = -0.5 * ((x - 0.5) / 0.8).square() + 0.5 * x.square();
  const LatentDraws found = importance_resampled(draws, 5000, 1);
  EXPECT_EQ(found.num_draws(), 5000);
  EXPECT_TRUE(found.is_resampled);
  EXPECT_NEAR(found.values.mean().item<double>(), 0.5, 0.06);
  EXPECT_NEAR(found.values.std().item<double>(), 0.8, 0.05);
  EXPECT_TRUE(at::equal(found.values, importance_resampled(draws, 5000, 1).values));
  draws.log_weights = Tensor();
  EXPECT_THROW(importance_resampled(draws, 10, 1), UsageError);
}

// The spread of 100 means has a standard error of 7 %: 1 +- 0.28 is four of them.
TEST(ResampledDraws, ErrorsCountTheWeightsToo) {
  constexpr std::int64_t kRepeats = 100, kProposals = 2000, kDraws = 1000;
  at::manual_seed(7);
  std::vector<double> means;
  double stated = 0;
  for (std::int64_t i = 0; i < kRepeats; ++i) {
    LatentDraws draws;
    draws.names = {"x"};
    const Tensor x = at::randn({kProposals}, at::kDouble);
    draws.values = x.view({1, -1, 1});
    draws.log_weights = -0.5 * ((x - 1) / 0.7).square() + 0.5 * x.square();
    const auto found =
        summarise_quantity(importance_resampled(draws, kDraws, static_cast<std::uint64_t>(i)), 0);
    means.push_back(found.mean);
    stated += found.mcse / static_cast<double>(kRepeats);
  }
  EXPECT_NEAR(at::tensor(means, at::kDouble).std().item<double>() / stated, 1, 0.28);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
