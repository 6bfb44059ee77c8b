#include "elbow/inference/objectives/objective.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "elbow/inference/objectives/elbo.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/kl.h"
#include "elbow/probability/distributions/location_scale.h"
#include "inference/objectives/support.h"
#include "support/linear_gaussian.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::LinearGaussian;
using testing::LinearGaussianPair;

struct Proposal {
  Trace guide, model;
};

Proposal propose(LinearGaussianPair& pair, const Tensor& x, std::int64_t particles) {
  GeneratorSource source;
  Proposal out;
  out.guide = pair.propose(x, particles, source);
  out.model = pair.score(x, out.guide);
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
  const Trace model = pair.score(x, guide);
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

// A pair without a closed form: each unit's KL is the mean of its own densities at the draws, and
// the floor is under each. KL(Laplace(m, b) || N(0, 1)) = b^2 + m^2 / 2 - log b - 1 + log(2 pi) / 2
// - log 2 for a unit; five standard errors of 400,000 draws.
TEST(Elbo, FreeBitsFloorEachUnitOfASampledKl) {
  const Tensor loc = at::tensor({0.0, 3.0}, at::kDouble).view({1, 2});
  const auto q = std::make_shared<Independent>(
      std::make_shared<Laplace>(loc, at::zeros({1, 2}, at::kDouble)), 1);
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(6));
  Trace guide, model;
  guide.add(Site("z", q, q->rsample({400000}, source), false));
  const Tensor& z = guide.at("z").value();
  model.add(Site("z", DiagNormal::standard(at::zeros({2}, at::kDouble)), z, false));
  Site x("x", q, z, true);
  x.set_log_prob(at::zeros({400000, 1}, at::kDouble));
  model.add(std::move(x));
  const double at_origin = 1 - 1 + kHalfLog2Pi - std::log(2.0), far = at_origin + 4.5;
  const auto cost = [&](double floor) {
    const BoundTerms terms = make_elbo(400000, Elbo::Kl::automatic, floor).terms(model, guide);
    return -terms.bound[0].item<double>();
  };
  const Tensor ratio = guide.at("z").log_prob() - model.at("z").log_prob();
  const double error = 5 * ratio.std().item<double>() / std::sqrt(400000.0);
  EXPECT_LT(error, 0.05);
  EXPECT_NEAR(cost(1e-9), at_origin + far, error);
  EXPECT_NEAR(cost(1.0), 1.0 + far, error);
  EXPECT_NEAR(cost(6.0), 12.0, 1e-12);
}

// No part of a KL belongs to a unit that others depend on.
TEST(Elbo, FreeBitsOfDependentUnitsAreABrokenContract) {
  const Tensor loc = at::zeros({1, 2}, at::kDouble);
  const auto q = std::make_shared<FullRankNormal>(loc, at::eye(2, at::kDouble));
  GeneratorSource source;
  Trace guide, model;
  guide.add(Site("z", q, q->rsample({3}, source), false));
  model.add(Site("z", DiagNormal::standard(loc[0]), guide.at("z").value(), false));
  model.add(Site("x", q, at::zeros({3, 1, 2}, at::kDouble), true));
  EXPECT_THROW(make_elbo(3, Elbo::Kl::automatic, 0.5).terms(model, guide), std::logic_error);
}

TEST(Elbo, CapacityIsTheBatchMeansDistance) {
  LinearGaussianPair pair(LinearGaussian::make(6, 2, 0.5));
  const Tensor x = at::randn({5, 6}, at::kDouble);
  const auto [guide, model] = propose(pair, x, 3);
  for (const double capacity : {0.0, 50.0}) {
    const auto objective =
        testing::make_objective("elbo", {{"capacity", capacity}, {"gamma", 30.0}});
    const BoundTerms terms = objective->terms(model, guide);
    const Tensor penalty = 30 * (terms.kl.mean() - capacity).abs();
    EXPECT_TRUE(at::allclose(terms.bound, terms.reconstruction - penalty, 1e-12, 1e-12));
    EXPECT_EQ(objective->schedule_values().back().second, capacity);
  }
}

TEST(Elbo, FreeBitsInTotalFloorTheWholeKl) {
  LinearGaussianPair pair(LinearGaussian::make(6, 2, 0.5));
  const Tensor x = at::randn({5, 6}, at::kDouble);
  const auto [guide, model] = propose(pair, x, 3);
  const auto penalty = [&model = model, &guide = guide](double floor) {
    const BoundTerms terms =
        testing::make_objective("elbo", {{"free_bits_total", floor}})->terms(model, guide);
    return (terms.reconstruction - terms.bound)[0].item<double>();
  };
  const double kl = testing::make_objective("elbo")->terms(model, guide).kl.mean().item<double>();
  EXPECT_NEAR(penalty(100.0), 100.0, 1e-12);
  EXPECT_NEAR(penalty(0.1), kl, 1e-12);
}

/// x_b | w ~ N(w, 1) for all examples, w ~ N(0, 1): one latent for the whole data set.
Proposal shared_latent(const Tensor& x, std::int64_t particles) {
  const Tensor zero = at::zeros({1}, at::kDouble);
  const auto q = std::make_shared<DiagNormal>(zero + 0.3, zero - 1.0);
  GeneratorSource source;
  Proposal out;
  out.guide.add(Site("w", q, q->rsample({particles}, source), false, Scope::global));
  const Tensor& w = out.guide.at("w").value();
  out.model.add(Site("w", DiagNormal::standard(zero), w, false, Scope::global));
  out.model.add(
      Site("x", std::make_shared<DiagNormal>(w.unsqueeze(1), zero), x, /*is_observed=*/true));
  return out;
}

// Each of N examples counts 1/N of what they share, so that the bounds of all of them add up to the
// ELBO of the data set.
TEST(Elbo, SharedLatentsCountOncePerDataSet) {
  const Tensor x = at::randn({4, 1}, at::kDouble);
  const auto [guide, model] = shared_latent(x, 5);
  const Tensor log_joint = model.at("x").log_prob().sum(1) + model.at("w").log_prob();
  const Tensor whole = (log_joint - guide.at("w").log_prob()).mean();
  const auto elbo = testing::make_objective("elbo", {{"kl", "monte_carlo"}}, 4);
  const BoundTerms terms = elbo->terms(model, guide);
  ASSERT_EQ(terms.bound.sizes(), (Shape{4}));
  EXPECT_NEAR(terms.bound.sum().item<double>(), whole.item<double>(), 1e-10);
  EXPECT_NEAR(elbo->reduce(elbo->log_weights(model, guide)).sum().item<double>(),
              whole.item<double>(),
              1e-10);
  const auto closed = testing::make_objective("elbo", Json::object(), 4)->terms(model, guide);
  EXPECT_NEAR(4 * closed.kl[0].item<double>(),
              kl_divergence(guide.at("w").dist(), model.at("w").dist())->item<double>(),
              1e-12);
  // Black-box alpha tends to it as alpha goes to 0, by half a variance times alpha.
  const auto tilted = testing::make_objective("bb_alpha", {{"alpha", 1e-7}}, 4);
  EXPECT_NEAR(tilted->terms(model, guide).bound.sum().item<double>(), whole.item<double>(), 1e-5);
  EXPECT_THROW(testing::make_objective("iwae", Json::object(), 4)->terms(model, guide),
               std::logic_error);
}

// Two data sets side by side, example i of data set i mod 2: what the examples of each are worth is
// what they are worth alone.
TEST(BlackBoxAlpha, DataSetsSideBySideDoNotMix) {
  constexpr std::int64_t kParticles = 3, kGroups = 2, kExamples = 3;
  const auto any =
      std::make_shared<DiagNormal>(at::zeros({1}, at::kDouble), at::zeros({1}, at::kDouble));
  const auto site = [&any](
                        const char* name, const Tensor& log_prob, Scope scope, bool is_observed) {
    Site out(name, any, log_prob, is_observed, scope);
    out.set_log_prob(log_prob);
    out.set_repeats(kExamples);
    return out;
  };
  const Tensor prior = at::randn({kParticles, kGroups}, at::kDouble),
               posterior = at::randn({kParticles, kGroups}, at::kDouble),
               likelihood = at::randn({kParticles, kGroups * kExamples}, at::kDouble);
  const auto objective = testing::make_objective("bb_alpha", {{"alpha", 0.7}}, kExamples);
  const auto bound = [&](const Tensor& p, const Tensor& q, const Tensor& x) {
    Trace model, guide;
    model.add(site("w", p, Scope::global, false));
    model.add(site("x", x, Scope::local, true));
    guide.add(site("w", q, Scope::global, false));
    return objective->reduce(objective->log_weights(model, guide));
  };
  const Tensor both = bound(prior, posterior, likelihood);
  for (std::int64_t g = 0; g < kGroups; ++g) {
    const Tensor alone = bound(prior.narrow(1, g, 1),
                               posterior.narrow(1, g, 1),
                               likelihood.slice(1, g, at::nullopt, kGroups));
    EXPECT_LT((both.slice(0, g, at::nullopt, kGroups) - alone).abs().max().item<double>(), 1e-12);
  }
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

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
