#include "elbow/objectives/objective.h"

#include <ATen/Context.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "elbow/objectives/elbo.h"
#include "support/linear_gaussian.h"

namespace elbow {
namespace {

using testing::LinearGaussian;
using testing::LinearGaussianPair;

struct Proposal {
  Trace guide, model;
};

Proposal propose(LinearGaussianPair& pair, const Tensor& x, std::int64_t particles) {
  GeneratorSource source;
  Proposal out;
  out.guide = pair.guide->propose(x, particles, source);
  out.model = pair.model->score(x, out.guide);
  return out;
}

Elbo make_elbo(std::int64_t particles, Elbo::Kl kl, double free_bits = 0) {
  Elbo::Options options;
  options.num_particles = particles;
  options.kl = kl;
  options.free_bits = free_bits;
  Elbo elbo(options);
  return elbo;
}

class ExactPosteriorTest : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { at::manual_seed(17); }
};

// With the exact posterior every log-weight is log p(x): no sampling error at all.
TEST_P(ExactPosteriorTest, SampledBoundEqualsTheEvidence) {
  LinearGaussianPair pair(LinearGaussian::make(12, 3, 0.4));
  const Tensor x = at::randn({20, 12}, at::kDouble) * 2;
  const Tensor evidence = pair.truth.log_evidence(x);
  const auto [guide, model] = propose(pair, x, GetParam());
  const Elbo elbo = make_elbo(GetParam(), Elbo::Kl::monte_carlo);
  const Tensor weights = elbo.log_weights(model, guide);
  ASSERT_EQ(weights.sizes(), (std::vector<std::int64_t>{GetParam(), 20}));
  const Tensor tolerance = evidence.abs().clamp_min(1.0) * 1e-12;
  EXPECT_TRUE(((weights - evidence).abs() <= tolerance).all().item<bool>());
  EXPECT_TRUE(((elbo.reduce(weights) - evidence).abs() <= tolerance).all().item<bool>());
  EXPECT_TRUE(((elbo.terms(model, guide).bound - evidence).abs() <= tolerance).all().item<bool>());
}

/// A constant, as the schedule factory makes it.
SchedulePtr constant(double value) {
  return schedule_factory().create(ConfigNode(Json{{"type", "constant"}, {"value", value}}));
}

// t E[log p(x, z)] - E[log q(z)], computed here from the sites.
TEST(Elbo, InverseTemperatureWeighsTheJointAgainstTheGuide) {
  at::manual_seed(19);
  LinearGaussianPair pair(LinearGaussian::make(5, 2, 0.4));
  const Tensor x = at::randn({6, 5}, at::kDouble);
  const auto [guide, model] = propose(pair, x, 3);
  Elbo::Options options;
  options.kl = Elbo::Kl::monte_carlo;
  options.inverse_temperature = constant(0.3);
  Elbo elbo(options);
  elbo.advance(Clock{});
  const Tensor log_q = guide.at("z").log_prob().mean(0);
  const Tensor log_joint = (model.at("x").log_prob() + model.at("z").log_prob()).mean(0);
  const BoundTerms terms = elbo.terms(model, guide);
  EXPECT_TRUE(at::allclose(terms.bound, 0.3 * log_joint - log_q, 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(terms.elbo, log_joint - log_q, 1e-12, 1e-12));
  ASSERT_EQ(elbo.schedule_values().size(), 2u);
  EXPECT_EQ(elbo.schedule_values()[1].second, 0.3);
  EXPECT_EQ(make_elbo(1, Elbo::Kl::automatic).schedule_values().size(), 1u);
}

// The closed-form KL brings sampling error into the reconstruction alone: 5 standard errors, false
// alarm below 6e-7 an example.
TEST(Elbo, ClosedFormKlBoundOfTheExactPosteriorIsWithinItsError) {
  at::manual_seed(18);
  LinearGaussianPair pair(LinearGaussian::make(12, 3, 0.4));
  const Tensor x = at::randn({20, 12}, at::kDouble);
  const auto [guide, model] = propose(pair, x, 4000);
  const BoundTerms terms = make_elbo(4000, Elbo::Kl::automatic).terms(model, guide);
  const Tensor error = model.at("x").log_prob().std(0) / std::sqrt(4000.0);
  EXPECT_TRUE(((terms.elbo - pair.truth.log_evidence(x)).abs() <= 5 * error).all().item<bool>());
  EXPECT_TRUE((terms.kl > 0).all().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Particles, ExactPosteriorTest, ::testing::Values(1, 2, 50));

// REFERENCE_RESULTS 2.2: z ~ N(0,1), x | z ~ N(z,1), x = 1, q = N(0.2, 0.8^2): ELBO -1.622082085 by
// quadrature of a quadratic.
TEST(Elbo, EqualsTheKnownValueOfTheToyModel) {
  LinearGaussian truth{at::ones({1, 1}, at::kDouble), at::zeros({1}, at::kDouble), 1.0};
  LinearGaussianPair pair(truth);
  at::manual_seed(3);
  const Tensor x = at::ones({1, 1}, at::kDouble);
  const auto q = std::make_shared<DiagNormal>(at::full({1, 1}, 0.2, at::kDouble),
                                              at::full({1, 1}, std::log(0.8), at::kDouble));
  GeneratorSource source;
  Trace guide;
  guide.add(Site("z", q, q->rsample({200000}, source), false));
  const Trace model = pair.model->score(x, guide);
  const BoundTerms terms = make_elbo(200000, Elbo::Kl::automatic).terms(model, guide);
  const double error = model.at("x").log_prob().std().item<double>() / std::sqrt(200000.0);
  EXPECT_NEAR(terms.elbo.item<double>(), -1.622082085, 5 * error);
  EXPECT_LT(error, 0.005);
}

TEST(Elbo, BetaWeighsTheKlAloneAndLeavesTheReportedElbo) {
  LinearGaussianPair pair(LinearGaussian::make(6, 2, 0.5));
  const Tensor x = at::randn({5, 6}, at::kDouble);
  const auto [guide, model] = propose(pair, x, 3);
  Elbo::Options options;
  options.beta = schedule_factory().create(ConfigNode(Json{{"type", "constant"}, {"value", 4.0}}));
  Elbo elbo(options);
  elbo.advance(Clock{});
  const BoundTerms terms = elbo.terms(model, guide);
  EXPECT_TRUE(at::allclose(terms.bound, terms.reconstruction - 4 * terms.kl, 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(terms.elbo, terms.reconstruction - terms.kl, 1e-12, 1e-12));
}

TEST(Elbo, FreeBitsFloorTheBatchMeanOfEachUnit) {
  const Tensor loc = at::tensor({0.0, 3.0, 0.0, 1.0}, at::kDouble).view({2, 2});
  const auto q = std::make_shared<DiagNormal>(loc, at::zeros({2, 2}, at::kDouble));
  const auto p =
      std::make_shared<DiagNormal>(at::zeros({2}, at::kDouble), at::zeros({2}, at::kDouble));
  GeneratorSource source;
  Trace guide, model;
  guide.add(Site("z", q, q->rsample({1}, source), false));
  model.add(Site("z", p, guide.at("z").value(), false));
  model.add(Site("x", p, at::zeros({2, 2}, at::kDouble).unsqueeze(0), true));
  // Unit 0: KL 0, floored to 0.25. Unit 1: (4.5 + 0.5) / 2 = 2.5.
  const BoundTerms terms = make_elbo(1, Elbo::Kl::automatic, 0.25).terms(model, guide);
  EXPECT_NEAR((terms.reconstruction - terms.bound)[0].item<double>(), 2.75, 1e-12);
  EXPECT_NEAR(terms.kl[0].item<double>(), 4.5, 1e-12);
}

TEST(Objective, RefusesTracesThatDisagree) {
  LinearGaussianPair pair(LinearGaussian::make(6, 2, 0.5));
  const auto wrong =
      std::make_shared<DiagNormal>(at::zeros({4, 3}, at::kDouble), at::zeros({4, 3}, at::kDouble));
  GeneratorSource source;
  Trace guide, model;
  guide.add(Site("z", wrong, wrong->rsample({1}, source), false));
  model.add(Site("z", pair.model->prior(), guide.at("z").value(), false));
  try {
    make_elbo(1, Elbo::Kl::automatic).log_weights(model, guide);
    FAIL() << "traces of different event shapes were accepted";
  } catch (const std::logic_error& error) {
    EXPECT_NE(std::string(error.what()).find("event shape [3]"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("[2]"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace elbow
