// Closed facts about single families: supports, extremes, mixtures and draws that keep their key.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/probability/distributions/kl.h"
#include "elbow/probability/distributions/student_t.h"
#include "probability/distributions/conformance_support.h"
#include "probability/distributions/golden_values.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

const auto kDoubles = at::TensorOptions(at::kDouble);

Tensor number(double value) { return at::full({}, value, kDoubles); }

double kl_of(const Distribution& p, const Distribution& q) {
  return kl_divergence(p, q)->item<double>();
}

TEST(ClosedFormKlValues, AreThoseOfTheTables) {
  const Tensor zero = number(0);
  const auto log_of = [](double value) { return number(std::log(value)); };
  EXPECT_NEAR(kl_of(Normal(number(1), log_of(2)), Normal(zero, zero)), 1.306852819, 1e-9);
  EXPECT_NEAR(kl_of(Beta(log_of(2), log_of(3)), Beta(zero, zero)), 0.234906650, 1e-9);
  EXPECT_NEAR(kl_of(Gamma(log_of(2), zero), Gamma(log_of(3), log_of(2))), 0.190921304, 1e-9);
  const Tensor counts = at::tensor({1.0, 2.0, 3.0}, kDoubles);
  EXPECT_NEAR(kl_of(Dirichlet(counts.log()), Dirichlet(counts * 0)), 0.551197382, 1e-9);
  EXPECT_NEAR(kl_of(Laplace(zero, zero), Normal(zero, zero)), 0.225791353, 1e-9);
}

TEST(ClosedFormKlValues, FullRankOfADiagonalFactorIsTheDiagonalOne) {
  const auto p = testing::example("diag_normal", {4}, 1),
             q = testing::example("diag_normal", {4}, 2);
  const auto full = [](const DistributionPtr& diag) {
    const auto& d = dynamic_cast<const DiagNormal&>(*diag);
    return FullRankNormal(d.loc(), d.log_scale().exp().diag_embed());
  };
  const Tensor expected = *kl_divergence(*p, *q);
  EXPECT_TRUE(at::allclose(*kl_divergence(full(p), *q), expected, 1e-13, 1e-13));
  EXPECT_TRUE(at::allclose(*kl_divergence(*p, full(q)), expected, 1e-13, 1e-13));
  EXPECT_TRUE(at::allclose(*kl_divergence(full(p), full(q)), expected, 1e-13, 1e-13));
}

TEST(Independent, OfImplicitFamiliesKeepsClosedFormKl) {
  const Independent p(testing::example("gamma", {3, 4}, 1), 1),
      q(testing::example("gamma", {3, 4}, 2), 1);
  EXPECT_EQ(kl_divergence(p, q)->sizes(), Shape{3});
  EXPECT_EQ(kl_per_dimension(p, q)->sizes(), (Shape{3, 4}));
  const auto a = testing::example("dirichlet", {3, 4}, 1),
             b = testing::example("dirichlet", {3, 4}, 2);
  const Independent rows(a, 1), others(b, 1);
  EXPECT_TRUE(at::allclose(*kl_divergence(rows, others), kl_divergence(*a, *b)->sum(-1)));
  EXPECT_FALSE(kl_per_dimension(rows, others).has_value());
}

TEST(Support, OutsideDensityIsZeroAndSoIsItsGradient) {
  const std::vector<std::pair<std::string, Tensor>> outside = {
      {"gamma", number(-1)},
      {"gamma", number(0)},
      {"log_normal", number(0)},
      {"beta", number(1)},
      {"beta", number(-0.1)},
      {"dirichlet", at::tensor({0.5, 0.6, -0.1}, kDoubles)},
      {"dirichlet", at::tensor({0.5, 0.5, 0.5}, kDoubles)}};
  for (const auto& [name, value] : outside) {
    const auto p = testing::example(name, {}, 1);
    const Tensor x = value.clone().requires_grad_();
    const Tensor density = p->log_prob(x);
    EXPECT_TRUE(density.isneginf().item<bool>()) << name;
    density.backward();
    EXPECT_EQ(x.grad().abs().sum().item<double>(), 0.0) << name;
    for (const auto& [key, tensor] : p->parameters())
      EXPECT_EQ(tensor.grad().abs().sum().item<double>(), 0.0) << name << " " << key;
  }
}

// The pathwise slope that LibTorch gives and ours rests on: its relative error reaches 1e-3.
TEST(Gamma, SlopeOfLibTorchIsImplicitDifferentiationOfTheFunction) {
  for (const auto& row : testing::golden_cases().at("gamma").at("slopes")) {
    const Tensor a = at::full({}, row.at("concentration").get<double>(), kDoubles);
    const Tensor slope = at::_standard_gamma_grad(a, number(row.at("draw")));
    const double expected = row.at("slope");
    EXPECT_NEAR(slope.item<double>(), expected, 2e-3 * expected) << row;
  }
}

// Draws below e^-30 have the function u = z^a / Gamma(a + 1), whose inverse is differentiated here.
TEST(Gamma, GradientOfTinyDrawsIsThatOfTheirPower) {
  const double a = 0.1;
  const Tensor log_a = at::full({4000}, std::log(a), kDoubles).requires_grad_();
  auto source = testing::seeded(3);
  const Tensor draw = Gamma(log_a, at::zeros({}, kDoubles)).rsample({}, source);
  const Tensor log_draw = draw.log();
  log_draw.sum().backward();
  const Tensor is_tiny = log_draw.detach().lt(-30);
  EXPECT_GT(is_tiny.sum().item<int>(), 100);
  const Tensor log_u = log_draw.detach() * a - std::lgamma(a + 1);
  const auto inverse = [&](double c) { return (log_u + std::lgamma(c + 1)) / c; };
  const Tensor slope = (inverse(a * (1 + 1e-5)) - inverse(a * (1 - 1e-5))) / 2e-5;
  const Tensor error = (log_a.grad() / slope - 1).abs().masked_select(is_tiny);
  EXPECT_LT(error.max().item<double>(), 1e-7);
}

TEST(Gamma, SmallConcentrationsGiveNoZeroAndFiniteGradients) {
  for (const char* name : {"gamma", "beta", "dirichlet"}) {
    const Tensor log_a = at::full({50, 3}, -7.0, at::kFloat).requires_grad_();
    DistributionPtr p = std::make_shared<Gamma>(log_a, at::zeros_like(log_a));
    if (std::string(name) == "beta") p = std::make_shared<Beta>(log_a, log_a);
    if (std::string(name) == "dirichlet") p = std::make_shared<Dirichlet>(log_a);
    auto source = testing::seeded(2);
    const Tensor draw = p->rsample({20}, source);
    EXPECT_GT(draw.min().item<float>(), 0.0f) << name;
    const Tensor density = p->log_prob(draw);
    EXPECT_TRUE(density.isfinite().all().item<bool>()) << name;
    (density.sum() + draw.sum()).backward();
    EXPECT_TRUE(log_a.grad().isfinite().all().item<bool>()) << name;
  }
}

TEST(FullRankNormal, FromFlatPutsEachNumberInItsPlace) {
  const Tensor flat = at::tensor({0.0, std::log(2.0), std::log(3.0), 4.0, 5.0, 6.0}, kDoubles);
  const auto p = FullRankNormal::from_flat(at::zeros({3}, kDoubles), flat);
  const Tensor expected =
      at::tensor({1.0, 0.0, 0.0, 4.0, 2.0, 0.0, 5.0, 6.0, 3.0}, kDoubles).view({3, 3});
  EXPECT_TRUE(at::allclose(p->scale_tril(), expected));
  EXPECT_THROW(FullRankNormal::from_flat(at::zeros({3}), at::zeros({5})), c10::Error);
}

TEST(MixtureNormal, StratifiedDrawsHaveTheMixturesMoments) {
  const auto p = testing::example("mixture_normal", {2}, 3);
  const auto& mixture = dynamic_cast<const MixtureNormal&>(*p);
  auto source = testing::seeded(4);
  const StratifiedDraw draw = *mixture.stratified_rsample({50000}, source);
  const Tensor& values = draw.values;
  const Tensor& log_weights = draw.log_weights;
  EXPECT_TRUE(at::equal(draw.log_prob, p->log_prob(values)));
  EXPECT_EQ(values.sizes(), (Shape{3, 50000, 2, 2}));
  EXPECT_EQ(log_weights.sizes(), (Shape{3, 2}));
  EXPECT_TRUE(values.requires_grad());
  const Tensor weights = log_weights.exp().unsqueeze(1).unsqueeze(-1);
  // Five standard errors: 6e-7 per number.
  testing::expect_mean((weights * values).sum(0).detach(), p->mean().detach(), "mean");
  const Tensor second = p->variance() + p->mean().square();
  testing::expect_mean((weights * values.square()).sum(0).detach(), second.detach(), "square");
}

TEST(Draws, DoNotDependOnTheBatchTheyAreComputedIn) {
  const std::vector<std::int64_t> all = {0, 1, 2, 3, 4, 5, 6, 7}, some = {6, 2};
  for (const std::string& name : distribution_factory().names()) {
    const auto p = testing::example(name, {1}, 5);
    // One set of parameters for every example: the batch dimension stands in the sample shape.
    KeyedSource first(1, Purpose::evaluation_noise, all, {0, 1, 2});
    KeyedSource second(1, Purpose::evaluation_noise, some, {1});
    for (int call = 0; call < 2; ++call) {
      const Tensor a = p->sample({3, 8}, first), b = p->sample({1, 2}, second);
      EXPECT_TRUE(at::allclose(a[1].index_select(0, at::tensor(some)), b[0], 1e-14, 0)) << name;
    }
  }
}

// Below one degree of freedom there is no mean, below two no variance; a location and a scale are
// there for all of them, and `encode` writes these.
TEST(StudentT, TellsLocationAndScaleForFewDegreesOfFreedom) {
  const Tensor log_df = at::tensor({0.5, 1.5, 30.0}, at::kDouble).log();
  const Tensor loc = at::tensor({-2.0, 0.5, 3.0}, at::kDouble);
  const Tensor log_scale = at::tensor({0.1, 2.0, 7.0}, at::kDouble).log();
  const StudentT t(log_df, loc, log_scale);
  EXPECT_TRUE(t.mean()[0].isnan().item<bool>());
  EXPECT_TRUE(t.variance()[1].isinf().item<bool>());
  EXPECT_TRUE(t.location().equal(loc));
  const auto told = t.summary();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].first, "location");
  EXPECT_TRUE(told[0].second.equal(loc));
  EXPECT_EQ(told[1].first, "scale");
  EXPECT_TRUE(told[1].second.allclose(at::tensor({0.1, 2.0, 7.0}, at::kDouble), 1e-14, 0));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
