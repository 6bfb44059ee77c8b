// What every objective that is a function of sampled log-weights has to be.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "elbow/inference/objectives/objective.h"
#include "inference/objectives/support.h"
#include "support/linear_gaussian.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::bounds_of_weights;
using testing::info_in;
using testing::LinearGaussian;
using testing::LinearGaussianPair;
using testing::make_objective;
using testing::particles;

Tensor seeded_normal(at::IntArrayRef shape, std::uint64_t seed) {
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(seed));
  return source.normal(shape, at::kDouble);
}

class Bounds : public ::testing::TestWithParam<std::string> {
 protected:
  ObjectivePtr make(std::int64_t count) const {
    return make_objective(GetParam(), particles(info_in(objective_factory(), GetParam()), count));
  }
};
INSTANTIATE_TEST_SUITE_P(All,
                         Bounds,
                         ::testing::ValuesIn(bounds_of_weights()),
                         [](const auto& test) { return test.param; });

// With the exact posterior every log-weight is log p(x): no sampling error at all.
TEST_P(Bounds, EqualsTheEvidenceAtTheExactPosterior) {
  at::manual_seed(17);
  LinearGaussianPair pair(LinearGaussian::make(12, 3, 0.4));
  const Tensor x = at::randn({20, 12}, at::kDouble) * 2;
  const Tensor evidence = pair.truth.log_evidence(x);
  const Tensor tolerance = evidence.abs().clamp_min(1.0) * 1e-12;
  for (const std::int64_t count : {1, 2, 50}) {
    const auto objective = make(count);
    ASSERT_EQ(objective->num_particles(), count);
    GeneratorSource source;
    const Trace guide = pair.propose(x, count, source);
    const Trace model = pair.score(x, guide);
    const Tensor weights = objective->log_weights(model, guide);
    ASSERT_EQ(weights.sizes(), (Shape{count, 20}));
    const BoundTerms terms = objective->terms(model, guide);
    for (const Tensor& found :
         {objective->reduce(weights), objective->model_bound().reduce(weights), terms.bound})
      EXPECT_TRUE(((found - evidence).abs() <= tolerance).all().item<bool>()) << count;
    EXPECT_LT((terms.elbo - terms.reconstruction + terms.kl).abs().max().item<double>(), 1e-10);
  }
}

// Of one particle every bound is its log-weight.
TEST_P(Bounds, OneParticleGivesItsLogWeight) {
  const Tensor weights = seeded_normal({1, 30}, 1) * 5 - 80;
  const auto objective = make(1);
  EXPECT_LT((objective->reduce(weights) - weights[0]).abs().max().item<double>(), 1e-12);
}

TEST_P(Bounds, MovesWithItsWeights) {
  const Tensor weights = seeded_normal({6, 9}, 2) * 3;
  const auto objective = make(6);
  const Tensor moved = objective->reduce(weights + 4321.0) - 4321.0;
  EXPECT_LT((moved - objective->reduce(weights)).abs().max().item<double>(), 1e-10);
}

/// What the guide's gradient is made of: coefficients of its score, or derivatives of its bound.
std::optional<WeightDerivatives> path_terms(const Objective& objective, const Tensor& weights) {
  const GuideUpdate update = objective.guide_update();
  if (update.score != nullptr) return update.score->coefficients(weights);
  return update.bound->derivatives(weights);
}

bool takes(const std::string& objective, const char* estimator) {
  const auto& known =
      std::get<ObjectiveTraits>(info_in(objective_factory(), objective).traits).estimators;
  return std::find(known.begin(), known.end(), estimator) != known.end();
}

/// Extremes of every kind, [K, B].
std::vector<Tensor> hard_weights(std::int64_t count) {
  const Tensor normal = seeded_normal({count, 3}, 3);
  Tensor dominant = at::full({count, 3}, -1e4, at::kDouble);
  dominant[0] = 1e4;
  return {normal,
          normal + 1e4,
          normal - 1e4,
          normal * 1e4,
          at::zeros({count, 3}, at::kDouble),
          dominant,
          normal.narrow(1, 0, 1)};
}

TEST_P(Bounds, HardWeightsGiveFiniteValuesAndGradients) {
  for (const std::int64_t count : {1, 2, 100000})
    for (const Tensor& weights : hard_weights(count))
      for (const auto type : {at::kDouble, at::kFloat}) {
        const Tensor leaf = weights.to(type).clone().requires_grad_();
        const auto objective = make(count);
        const Tensor bound = objective->reduce(leaf);
        bound.sum().backward();
        EXPECT_TRUE(bound.isfinite().all().item<bool>()) << count;
        EXPECT_TRUE(leaf.grad().isfinite().all().item<bool>()) << count;
      }
}

// What the gradients of guides are made of: derivatives and coefficients have to be finite where
// the bound is.
TEST_P(Bounds, HardWeightsGiveFiniteCoefficients) {
  for (const std::int64_t count : {1, 2, 100000})
    for (const Tensor& weights : hard_weights(count)) {
      const auto whole = make(count);
      const auto found = path_terms(*whole, weights);
      if (!found) GTEST_SKIP() << "has neither derivatives nor coefficients";
      EXPECT_TRUE(found->first.isfinite().all().item<bool>()) << count;
      EXPECT_TRUE(found->second.isfinite().all().item<bool>()) << count;
    }
}

// The same float32 numbers, in float32 and in float64.
TEST_P(Bounds, Float32KeepsSixDigits) {
  for (const std::int64_t count : {1, 7, 5000})
    for (const Tensor& weights : hard_weights(count)) {
      const Tensor narrow = weights.to(at::kFloat).requires_grad_();
      const Tensor wide = narrow.detach().to(at::kDouble).requires_grad_();
      const auto objective = make(count);
      const Tensor a = objective->reduce(narrow), b = objective->reduce(wide);
      a.sum().backward();
      b.sum().backward();
      const Tensor error = (a.to(at::kDouble) - b).abs() / b.abs().clamp_min(1.0);
      EXPECT_LT(error.max().item<double>(), 1e-6);
      const Tensor difference = narrow.grad().to(at::kDouble) - wide.grad();
      EXPECT_LE(difference.norm().item<double>(), 1e-4 * wide.grad().norm().item<double>());
    }
}

// Particles drawn by strata that are all equally heavy are particles.
TEST_P(Bounds, EqualStrataAreNoStrata) {
  const ComponentInfo& info = info_in(objective_factory(), GetParam());
  if (std::get<ObjectiveTraits>(info.traits).refuses_strata) GTEST_SKIP() << "refuses strata";
  const Tensor weights = seeded_normal({6, 9}, 4);
  const Tensor masses = at::full({6, 9}, -std::log(6.0), at::kDouble);
  const auto objective = make(6);
  const Tensor difference = objective->reduce(weights, masses) - objective->reduce(weights);
  EXPECT_LT(difference.abs().max().item<double>(), 1e-13);
}

// Where the guide follows a bound, against autograd; the second ones against central differences of
// the first.
TEST_P(Bounds, DerivativesInTheWeightsAreThoseOfTheBound) {
  const auto objective = make(6);
  const Tensor weights = seeded_normal({6, 4}, 5);
  const auto found = path_terms(*objective, weights);
  ASSERT_EQ(found.has_value(), takes(GetParam(), "doubly_reparameterised"));
  if (!found) GTEST_SKIP() << "has none";
  if (const Bound* bound = objective->guide_update().bound) {
    const Tensor leaf = weights.clone().requires_grad_();
    bound->reduce(leaf).sum().backward();
    EXPECT_LT((found->first - leaf.grad()).abs().max().item<double>(), 1e-12);
  }
  constexpr double kStep = 1e-5;
  for (std::int64_t k = 0; k < 6; ++k) {
    Tensor up = weights.clone(), down = weights.clone();
    up[k] += kStep;
    down[k] -= kStep;
    const Tensor slope =
        (path_terms(*objective, up)->first[k] - path_terms(*objective, down)->first[k]) /
        (2 * kStep);
    EXPECT_LT((found->second[k] - slope).abs().max().item<double>(), 1e-8) << k;
  }
}

class Objectives : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         Objectives,
                         ::testing::ValuesIn(objective_factory().names()),
                         [](const auto& test) { return test.param; });

// What estimators and the trainer ask an object for is what its row tells the rules.
TEST_P(Objectives, ImplementsWhatItsRowSays) {
  const auto& traits = std::get<ObjectiveTraits>(info_in(objective_factory(), GetParam()).traits);
  const auto objective = make_objective(GetParam());
  const GuideUpdate update = objective->guide_update();
  EXPECT_NE(update.bound == nullptr, update.score == nullptr);
  EXPECT_EQ(objective->has_one_bound(), !traits.has_two_losses);
  EXPECT_EQ(objective->is_about_batches(), traits.is_about_batches);
  EXPECT_EQ(objective->particle_mean() != nullptr, takes(GetParam(), "arm"));
  for (const std::string& key : traits.batch_keys)
    EXPECT_TRUE(make_objective(GetParam(), {{key, 0.5}})->is_about_batches()) << key;
}

// The value of the chosen particle is the bound, and its gradient that particle's alone.
TEST(ParticleSelection, SelectsTheParticleThatIsTheBound) {
  std::vector<std::string> found;
  for (const auto& name : bounds_of_weights()) {
    const auto objective = make_objective(name);
    const ParticleSelection* selection = objective->particle_selection();
    if (selection == nullptr) continue;
    found.push_back(name);
    const Tensor weights = seeded_normal({6, 9}, 6).requires_grad_();
    const Tensor index = selection->select(weights.detach()).unsqueeze(0);
    const Tensor bound = objective->reduce(weights);
    EXPECT_TRUE(at::equal(bound, weights.gather(0, index).squeeze(0))) << name;
    bound.sum().backward();
    const Tensor expected =
        at::zeros_like(index, at::kDouble).expand({6, 9}).scatter(0, index, 1.0);
    EXPECT_TRUE(at::equal(weights.grad(), expected)) << name;
  }
  EXPECT_EQ(found, std::vector<std::string>{"vr_max"});
}

// Judged one by one, the particles of one site add up to what is maximised.
TEST(ParticleMean, ParticleTermsAverageToTheBound) {
  LinearGaussianPair pair(LinearGaussian::make(7, 3, 0.4));
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(7));
  const Tensor x = seeded_normal({8, 7}, 8);
  const Trace guide = pair.propose(x, 5, source);
  const Trace model = pair.score(x, guide);
  std::vector<std::string> found;
  for (const auto& name : bounds_of_weights()) {
    const auto objective = make_objective(name, particles(info_in(objective_factory(), name), 5));
    const ParticleMean* mean = objective->particle_mean();
    if (mean == nullptr) continue;
    found.push_back(name);
    const Tensor average = mean->particle_terms(model, guide, /*site=*/0).mean(0);
    const Tensor error = average - objective->terms(model, guide).bound;
    EXPECT_LT(error.abs().max().item<double>(), 1e-10) << name;
  }
  EXPECT_EQ(found, std::vector<std::string>{"elbo"});
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
