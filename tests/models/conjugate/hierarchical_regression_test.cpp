// tests/golden/hierarchical_regression.json: its first key is the command that made it.
#include "elbow/models/conjugate/hierarchical_regression.h"

#include <gmock/gmock.h>

#include "models/conjugate/model_checks.h"
#include "models/conjugate/regression_examples.h"
#include "support/data_context.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using namespace testing;  // NOLINT: helpers of the conjugate tests

constexpr std::int64_t kGroups = 6;
const Json kLearned = {{"type", "learned"}, {"concentration", 1.5}, {"rate", 0.7}};
const Json kKnown = {{"type", "known"}, {"precision", 9.0}};

Json config_of(const Json& noise) {
  return {{"type", "hierarchical_regression"},
          {"group_column", 1},
          {"num_groups", kGroups},
          {"basis", {{"type", "linear"}, {"intercept", true}}},
          {"noise", noise},
          {"centre_variance", 10.0},
          {"spread_concentration", 1.2},
          {"spread_rate", 0.4}};
}

HierarchicalRegression make(const Json& config, std::int64_t num_responses = 1) {
  return HierarchicalRegression(ConfigNode(config, "model"),
                                testing::data_of({3}, 100, num_responses));
}

/// Rows (x, group, y) with intercept 1 and slope -2, each varying by 0.7 between groups.
Tensor example(std::int64_t n) {
  at::Generator generator = at::detail::createCPUGenerator(15);
  const Tensor w =
      at::randn({kGroups, 2}, generator, kDoubles) * 0.7 + at::tensor({1.0, -2.0}, kDoubles);
  const Tensor group = at::arange(n, at::kLong).remainder(kGroups);
  const Tensor x = at::randn({n}, generator, kDoubles), own = w.index_select(0, group);
  const Tensor y =
      own.select(1, 0) + own.select(1, 1) * x + at::randn({n}, generator, kDoubles) * 0.4;
  return at::stack({x, group.to(at::kDouble), y}, -1);
}

/// Rows of one group: phi [n, 2] and y [n].
std::pair<Tensor, Tensor> group_of(const Tensor& x, std::int64_t g) {
  const Tensor rows = x.index_select(0, x.select(1, 1).eq(g).nonzero().flatten());
  return {at::stack({at::ones({rows.size(0)}, kDoubles), rows.select(1, 0)}, -1),
          rows.select(1, 2)};
}

/// ln p(y | m, alpha, beta) with the coefficients integrated out: each group is one normal.
double log_marginal(const Tensor& x, const Tensor& m, const Tensor& alpha, double beta) {
  double out = 0;
  for (std::int64_t g = 0; g < kGroups; ++g) {
    const auto [phi, y] = group_of(x, g);
    const Tensor covariance = at::eye(y.size(0), kDoubles) / beta +
                              phi.matmul(alpha.reciprocal().diag()).matmul(phi.transpose(0, 1));
    out += log_normal_density(y, phi.matmul(m), covariance);
  }
  return out;
}

TEST(HierarchicalRegression, AgreesWithTheTextbookIterationByIteration) {
  const Json golden = golden_file("hierarchical_regression.json");
  const Json& theirs = golden.at("config");
  Json config = config_of({{"type", "learned"},
                           {"concentration", theirs.at("noise_prior").at(0)},
                           {"rate", theirs.at("noise_prior").at(1)}});
  config["num_groups"] = golden.at("num_groups");
  config["centre_variance"] = theirs.at("centre_variance");
  config["spread_concentration"] = theirs.at("spread_prior").at(0);
  config["spread_rate"] = theirs.at("spread_prior").at(1);
  const HierarchicalRegression model(ConfigNode(config, "model"), testing::data_of({4}, 30, 1));
  expect_golden(model, golden);
}

TEST(HierarchicalRegression, RisesAndItsOptimaBeatTheirNeighbours) {
  const Tensor x = example(50);
  for (const auto& noise : {kLearned, kKnown})
    for (const bool is_point : {false, true}) {
      SCOPED_TRACE(noise.dump() + (is_point ? " points" : ""));
      auto model = make(config_of(noise));
      if (is_point) model.use_points({"all"}, /*is_flat=*/false);
      expect_ascent(model, x, start_of(model, x));
      expect_sums(model, x, fitted(model, x, 2));
      expect_optima_beat_neighbours(model, x, fitted(model, x, 1));
    }
}

// Expectation-maximisation of a mixed model: with the rest as points q(w_g) is exact, so the bound
// is the marginal likelihood, and its end a maximum of it.
TEST(HierarchicalRegression, PointsAroundTheCoefficientsMaximiseTheMarginalLikelihood) {
  const Tensor x = example(60);
  auto model = make(config_of(kLearned));
  model.use_points({"centre", "spread", "noise"}, /*is_flat=*/true);
  Globals globals = fitted(model, x, 2000);
  const Statistics statistics = model.local_step(x, globals, {}).statistics;
  globals.set(0, model.optimum(0, statistics, globals));
  const Tensor m = globals.mean(1).narrow(0, 0, 2), alpha = globals.mean(2).select(-1, 1);
  const double beta = globals.mean(3)[0][1].item<double>();
  const double best = log_marginal(x, m, alpha, beta);
  EXPECT_NEAR(bound_at(model, x, globals), best, 1e-10);
  at::Generator generator = at::detail::createCPUGenerator(4);
  for (int draw = 0; draw < 50; ++draw) {
    const Tensor noise = at::randn({5}, generator, kDoubles) * 0.02;
    const double other = log_marginal(x,
                                      m + noise.narrow(0, 0, 2),
                                      alpha * noise.narrow(0, 2, 2).exp(),
                                      beta * std::exp(noise[4].item<double>()));
    EXPECT_LE(other, best + 1e-10);
  }
}

TEST(HierarchicalRegression, FlatPointsAreLeastSquaresInEachGroup) {
  const Tensor x = example(50);
  auto model = make(config_of(kLearned));
  model.use_points({"all"}, /*is_flat=*/true);
  const Globals globals = fitted(model, x, 3);
  double squares = 0;
  for (std::int64_t g = 0; g < kGroups; ++g) {
    const auto [phi, y] = group_of(x, g);
    const Tensor w = std::get<0>(at::linalg_lstsq(phi, y.unsqueeze(-1))).squeeze(-1);
    EXPECT_LE((model.coefficients(globals)[g] - w).abs().max().item<double>(), 1e-12);
    squares += (y - phi.matmul(w)).square().sum().item<double>();
  }
  EXPECT_NEAR(bound_at(model, x, globals), -25 * (std::log(2 * M_PI * squares / 50) + 1), 1e-10);
}

TEST(HierarchicalRegression, PoolsGroupsWithoutExamplesToTheCentre) {
  const Tensor all = example(60);
  const Tensor x = all.index_select(0, all.select(1, 1).ne(5).nonzero().flatten());
  const auto model = make(config_of(kLearned));
  const Globals globals = fitted(model, x, 50);
  const Tensor unseen = at::tensor({0.7, 5.0}, kDoubles).unsqueeze(0);
  const auto prediction = model.predict(unseen, globals, 0.9);
  const Tensor m = globals.mean(1).narrow(0, 0, 2);
  EXPECT_NEAR(prediction.mean.item<double>(), (m[0] + m[1] * 0.7).item<double>(), 1e-6);
  const auto seen = model.predict(all.narrow(0, 0, 1), globals, 0.9);
  EXPECT_LT(seen.standard_deviation.item<double>(), prediction.standard_deviation.item<double>());
  EXPECT_EQ(seen.log_density.item<double>(),
            model.log_predictive(all.narrow(0, 0, 1), globals).item<double>());
}

TEST(HierarchicalRegression, RefusesInWords) {
  const Json config = config_of(kLearned);
  EXPECT_THAT(message_of([&] { make(config, 0); }), HasSubstr("set data.response"));
  Json outside = config;
  outside["group_column"] = 2;
  EXPECT_THAT(message_of([&] { make(outside); }), HasSubstr("2 input columns"));
  const auto model = make(config);
  const Tensor good = example(10);
  const Globals globals = start_of(model, good);
  for (const double group : {-1.0, 6.0, 1.5}) {
    Tensor x = good.clone();
    x[4][1] = group;
    EXPECT_THAT(message_of([&] { model.predict(x, globals, 0.9); }),
                HasSubstr("expected a whole number from 0 to 5, got " + std::to_string(group)));
  }
  auto flat = make(config);
  flat.use_points({"all"}, /*is_flat=*/true);
  EXPECT_THAT(message_of([&] { fitted(flat, good, 1); }), HasSubstr("do not determine"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
