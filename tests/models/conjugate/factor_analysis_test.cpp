// tests/golden/factor_analysis.json: its first key is the command that made it.
#include "elbow/models/conjugate/factor_analysis.h"

#include <gmock/gmock.h>

#include "models/conjugate/model_checks.h"
#include "models/conjugate/regression_examples.h"
#include "support/data_context.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using namespace testing;  // NOLINT: helpers of the conjugate tests

const Json kArd = {{"type", "ard"}, {"concentration", 1.2}, {"rate", 0.3}};
const Json kFixed = {{"type", "fixed"}, {"precision", 0.5}};

Json config_of(const std::string& noise, const Json& prior, std::int64_t num_factors) {
  return {{"type", "factor_analysis"},
          {"num_factors", num_factors},
          {"noise", noise},
          {"noise_concentration", 1.1},
          {"noise_rate", 0.2},
          {"loading_prior", prior},
          {"mean_precision", 0.01},
          {"start", "principal"}};
}

FactorAnalysis make(const Json& config, std::int64_t num_features) {
  return FactorAnalysis(ConfigNode(config, "model"), testing::data_of({num_features}, 100));
}

/// n rows of d features from two factors and noise of deviation 0.3, shifted.
Tensor example(std::int64_t n, std::int64_t d) {
  at::Generator generator = at::detail::createCPUGenerator(77);
  const Tensor w = at::randn({2, d}, generator, kDoubles);
  const Tensor z = at::randn({n, 2}, generator, kDoubles);
  return z.matmul(w) + at::randn({n, d}, generator, kDoubles) * 0.3 + at::arange(d, kDoubles);
}

/// Maximum of the log likelihood of probabilistic PCA, per row. Tipping, Bishop, "Probabilistic
/// principal component analysis", 1999, section 3.2.
double best_likelihood(const Tensor& x, std::int64_t q) {
  const Tensor centred = x - x.mean(0);
  const Tensor covariance =
      centred.transpose(0, 1).matmul(centred) / static_cast<double>(x.size(0));
  const Tensor values = at::linalg_eigvalsh(covariance).flip({0});
  const double d = static_cast<double>(x.size(1)), rest = d - static_cast<double>(q);
  const double noise = values.narrow(0, q, x.size(1) - q).mean().item<double>();
  const double logs = values.narrow(0, 0, q).log().sum().item<double>();
  return -0.5 * (d * std::log(2 * M_PI) + logs + rest * std::log(noise) + d);
}

TEST(FactorAnalysis, AgreesWithTheTextbookIterationByIteration) {
  const Json cases = golden_file("factor_analysis.json").at("cases");
  ASSERT_EQ(cases.size(), 3);
  for (const auto& golden : cases) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    const Json& theirs = golden.at("config");
    Json prior = {{"type", "ard"},
                  {"concentration", theirs.at("relevance_prior").at(0)},
                  {"rate", theirs.at("relevance_prior").at(1)}};
    if (theirs.at("loading_prior") == "fixed")
      prior = {{"type", "fixed"}, {"precision", theirs.at("precision")}};
    Json config = config_of(theirs.at("noise"), prior, golden.at("num_factors"));
    config["noise_concentration"] = theirs.at("noise_prior").at(0);
    config["noise_rate"] = theirs.at("noise_prior").at(1);
    config["mean_precision"] = theirs.at("mean_precision");
    expect_golden(make(config, 4), golden);
  }
}

TEST(FactorAnalysis, EveryCombinationRisesAndItsOptimaBeatTheirNeighbours) {
  const Tensor x = example(40, 4);
  const Json shared = {{"type", "learned"}, {"concentration", 1.2}, {"rate", 0.3}};
  for (const std::string noise : {"isotropic", "diagonal"})
    for (const auto& prior : {kArd, kFixed, shared})
      for (const bool is_point : {false, true}) {
        SCOPED_TRACE(noise + prior.dump() + (is_point ? " points" : ""));
        auto model = make(config_of(noise, prior, 2), 4);
        if (is_point) model.use_points({"all"}, /*is_flat=*/false);
        expect_ascent(model, x, start_of(model, x));
        expect_sums(model, x, fitted(model, x, 2));
        expect_optima_beat_neighbours(model, x, fitted(model, x, 1));
      }
}

TEST(FactorAnalysis, RandomStartsRiseToo) {
  const Tensor x = example(40, 4);
  Json config = config_of("diagonal", kArd, 2);
  config["start"] = "random";
  const auto model = make(config, 4);
  expect_ascent(model, x, start_of(model, x));
}

TEST(FactorAnalysis, ExpectationMaximisationReachesTheLikelihoodOfPrincipalComponents) {
  const Tensor x = example(60, 5);
  for (const std::int64_t q : {1, 3})
    for (const std::string start : {"principal", "random"}) {
      SCOPED_TRACE(std::to_string(q) + start);
      Json config = config_of("isotropic", kArd, q);
      config["start"] = start;
      auto model = make(config, 5);
      model.use_points({"all"}, /*is_flat=*/true);
      const Globals globals = fitted(model, x, start == "random" ? 1000 : 1);
      EXPECT_NEAR(bound_at(model, x, globals) / 60, best_likelihood(x, q), 1e-9);
    }
}

// REFERENCE value: docs/results.md, "Exact anchors".
TEST(FactorAnalysis, OldFaithfulAtMaximumLikelihood) {
  const auto raw = faithful();
  if (!raw) GTEST_SKIP() << "set ELBOW_DATA";
  const Tensor x = standardised(*raw);
  Json config = config_of("isotropic", kArd, 1);
  config["start"] = "random";
  auto model = make(config, 2);
  model.use_points({"all"}, /*is_flat=*/true);
  const Globals globals = fitted(model, x, 500);
  EXPECT_NEAR(bound_at(model, x, globals) / 272, -2.003652502, 6e-10);
}

TEST(FactorAnalysis, DensityOfPointsIsTheirNormal) {
  const Tensor x = example(40, 4);
  for (const std::string noise : {"isotropic", "diagonal"}) {
    auto model = make(config_of(noise, kArd, 2), 4);
    EXPECT_FALSE(model.log_predictive(x, fitted(model, x, 1)).defined());
    model.use_points({"all"}, /*is_flat=*/false);
    const Globals globals = fitted(model, x, 5);
    const Tensor rows = model.loadings(globals), w = rows.narrow(1, 0, 2);
    const Tensor covariance =
        w.matmul(w.transpose(0, 1)) + model.noise_precision(globals).reciprocal().diag();
    const Tensor ours = model.log_predictive(x, globals);
    for (std::int64_t i = 0; i < 5; ++i)
      EXPECT_NEAR(
          ours[i].item<double>(), log_normal_density(x[i], rows.select(1, 2), covariance), 1e-11);
  }
}

TEST(FactorAnalysis, RelevanceKeepsTheTwoFactorsThatTheDataHave) {
  const Tensor x = example(400, 6);
  Json config =
      config_of("isotropic", {{"type", "ard"}, {"concentration", 1e-3}, {"rate", 1e-3}}, 5);
  const auto model = make(config, 6);
  const Json summary = model.summary(fitted(model, x, 500));
  EXPECT_EQ(summary.at("factors_kept"), 2) << summary.dump();
  EXPECT_NEAR(summary.at("noise_variance").at(0).get<double>(), 0.09, 0.01);
}

// 20,000 draws: each of 4 + 10 moments within 5.5 standard errors, so a right model fails with
// probability below 1e-6.
TEST(FactorAnalysis, DrawsHaveTheMomentsOfTheModel) {
  const Tensor x = example(200, 4);
  auto model = make(config_of("diagonal", kArd, 2), 4);
  model.use_points({"all"}, /*is_flat=*/false);
  const Globals globals = fitted(model, x, 20);
  GeneratorSource source(at::detail::createCPUGenerator(6));
  const Tensor draws = model.sample(20000, globals, source);
  const Tensor rows = model.loadings(globals), w = rows.narrow(1, 0, 2);
  const Tensor covariance =
      w.matmul(w.transpose(0, 1)) + model.noise_precision(globals).reciprocal().diag();
  const auto within = [](const Tensor& values, const Tensor& exact) {
    const Tensor error = values.std(0) / std::sqrt(static_cast<double>(values.size(0)));
    EXPECT_LE(((values.mean(0) - exact).abs() - 5.5 * error).max().item<double>(), 0);
  };
  within(draws, rows.select(1, 2));
  const Tensor centred = draws - rows.select(1, 2);
  within((centred.unsqueeze(-1) * centred.unsqueeze(-2)).flatten(1), covariance.flatten());
}

TEST(FactorAnalysis, EncodesTheFactors) {
  const Tensor x = example(50, 4);
  auto model = make(config_of("isotropic", kArd, 2), 4);
  const Globals globals = fitted(model, x, 50);
  const Encoding found = model.encode(x, globals);
  EXPECT_EQ(found.at(0).second.sizes(), at::IntArrayRef({50, 2}));
  EXPECT_EQ(found.at(1).second.sizes(), at::IntArrayRef({50, 2}));
  const Tensor rows = model.loadings(globals);
  const Tensor back =
      found.at(0).second.matmul(rows.narrow(1, 0, 2).transpose(0, 1)) + rows.select(1, 2);
  EXPECT_LT((back - x).square().mean().item<double>(), 0.09);
}

TEST(FactorAnalysis, RefusesInWords) {
  EXPECT_THAT(message_of([] { make(config_of("isotropic", kArd, 5), 4); }),
              HasSubstr("more factors than the 4 features"));
  const auto model = make(config_of("isotropic", kArd, 2), 4);
  EXPECT_THAT(message_of([&] {
                start_of(model, at::ones({9, 4}, kDoubles));
              }),
              HasSubstr("all examples are the same"));
  Tensor x = example(9, 4);
  x[2][1] = INFINITY;
  EXPECT_THAT(message_of([&] { start_of(model, x); }), HasSubstr("not finite"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
