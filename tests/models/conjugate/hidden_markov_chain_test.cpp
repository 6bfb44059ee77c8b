// The chain's posterior against sums over all paths.
#include "models/conjugate/hidden_markov_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::generator;
using testing::hidden_markov;
using testing::normal_sequences;

constexpr std::int64_t kSteps = 5, kStates = 3;

/// ln p of every path of five steps and three states, [3^5], and the paths, [3^5, 5].
struct Enumeration {
  Tensor log_weight, paths;
};
Enumeration enumerate(const Tensor& log_initial,
                      const Tensor& log_transition,
                      const Tensor& score) {
  std::vector<double> weights;
  std::vector<std::int64_t> all;
  for (int code = 0; code < 243; ++code) {
    std::vector<std::int64_t> path;
    for (int rest = code, t = 0; t < kSteps; ++t, rest /= 3) path.push_back(rest % 3);
    double weight = log_initial[path[0]].item<double>();
    for (std::int64_t t = 0; t < kSteps; ++t) {
      const std::int64_t state = path[static_cast<std::size_t>(t)];
      weight += score[t][state].item<double>();
      if (t > 0)
        weight += log_transition[path[static_cast<std::size_t>(t - 1)]][state].item<double>();
    }
    weights.push_back(weight);
    all.insert(all.end(), path.begin(), path.end());
  }
  return {at::tensor(weights, at::kDouble), at::tensor(all, at::kLong).view({-1, kSteps})};
}

/// ln N(x_t | m_k, variance), [T, K].
Tensor log_normal(const Tensor& x, const Tensor& mean, double variance) {
  const Tensor square = (x.unsqueeze(1) - mean.unsqueeze(0)).square().sum(-1);
  return square * (-0.5 / variance) -
         static_cast<double>(x.size(1)) * 0.5 * std::log(2 * M_PI * variance);
}

void expect_close(const Tensor& a, const Tensor& b, double tolerance) {
  ASSERT_EQ(a.sizes(), b.sizes());
  const double scale = std::max(1.0, b.abs().max().item<double>());
  EXPECT_LE((a - b).abs().max().item<double>(), tolerance * scale);
}

/// A chain of point masses with known means, and its parameters in words.
struct Known {
  std::shared_ptr<HiddenMarkov> model;
  Tensor initial, transitions, mean;
  double variance;
  Globals globals() const {
    // normal_unit: the mode of eta = (precision mean, -precision / 2) is the mean.
    return Globals(model->factors(),
                   {initial, transitions, at::stack({mean, at::full_like(mean, -0.5)}, -1)});
  }
  Enumeration of(const Tensor& x) const {
    return enumerate(initial.log(), transitions.log(), log_normal(x, mean, variance));
  }
};

Known known(double variance, const Tensor& initial, const Tensor& transitions) {
  Known out;
  out.model =
      hidden_markov(kStates, {kSteps, 2}, {{"type", "normal_unit"}, {"variance", variance}});
  out.model->use_points({"all"}, /*is_flat=*/true);
  out.initial = initial;
  out.transitions = transitions;
  out.mean = at::tensor({-2.0, 0.5, 1.0, 3.0, 2.5, -1.0}, at::kDouble).view({3, 2});
  out.variance = variance;
  return out;
}

Tensor some_initial() { return at::tensor({0.5, 0.3, 0.2}, at::kDouble); }
Tensor some_transitions() {
  return at::tensor({0.7, 0.2, 0.1, 0.05, 0.9, 0.05, 0.3, 0.3, 0.4}, at::kDouble).view({3, 3});
}

TEST(HiddenMarkovChain, PointMassesGiveTheLikelihoodOfAllPaths) {
  const Known chain = known(1.3, some_initial(), some_transitions());
  const Tensor x = normal_sequences({kSteps, kSteps}, kStates, 8);
  const Globals globals = chain.globals();
  const LocalStep step = chain.model->local_step(x, globals, {});
  const Tensor exact = at::stack(
      {chain.of(x[0]).log_weight.logsumexp({0}), chain.of(x[1]).log_weight.logsumexp({0})});
  expect_close(step.bound, exact, 1e-12);
  expect_close(chain.model->log_predictive(x, globals), exact, 1e-12);
  EXPECT_NEAR(bound_of(*chain.model, step.statistics, globals), exact.sum().item<double>(), 1e-10);
}

TEST(HiddenMarkovChain, MarginalsPairsEntropyAndPathAreThoseOfAllPaths) {
  const Known chain = known(1.3, some_initial(), some_transitions());
  const Tensor x = normal_sequences({kSteps}, kStates, 9);
  const Globals globals = chain.globals();
  const Enumeration all = chain.of(x[0]);
  const Tensor q = all.log_weight.softmax(0);
  const Tensor hot = at::one_hot(all.paths, kStates).to(at::kDouble);
  Tensor pairs = at::zeros({kStates, kStates}, at::kDouble);
  for (std::int64_t t = 0; t + 1 < kSteps; ++t)
    pairs = pairs + at::einsum("p,pi,pj->ij", {q, hot.select(1, t), hot.select(1, t + 1)});
  const LocalStep step = chain.model->local_step(x, globals, {});
  expect_close(step.statistics.parts[0], q.matmul(hot.select(1, 0)), 1e-12);
  expect_close(step.statistics.parts[1], pairs, 1e-12);
  EXPECT_NEAR(step.statistics.entropy, -(q * q.log()).sum().item<double>(), 1e-11);
  const Encoding encoding = chain.model->encode(x, globals);
  EXPECT_EQ(encoding[0].first, "state_probability");
  expect_close(encoding[0].second[0], at::einsum("p,ptk->tk", {q, hot}), 1e-12);
  EXPECT_EQ(encoding[1].first, "path");
  const Tensor best = all.paths[all.log_weight.argmax().item<std::int64_t>()];
  EXPECT_TRUE(encoding[1].second[0].eq(best.to(at::kDouble)).all().item<bool>());
}

// Scores 1e5 nats apart and transitions that cannot happen: a filter in probabilities loses the one
// path that is possible.
TEST(HiddenMarkovChain, IsExactWhereProbabilitiesUnderflow) {
  const Tensor rows =
      at::tensor({1 - 1e-200, 1e-200, 0., 0., 1., 0., 1e-300, 1e-250, 1.}, at::kDouble);
  const Known chain = known(1e-4, at::tensor({1e-200, 0.5, 0.5}, at::kDouble), rows.view({3, 3}));
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const Tensor x = normal_sequences({kSteps}, kStates, seed);
    const Enumeration all = chain.of(x[0]);
    const LocalStep step = chain.model->local_step(x, chain.globals(), {});
    expect_close(step.bound[0], all.log_weight.logsumexp({0}), 1e-13);
    const Tensor q = all.log_weight.softmax(0);
    const Tensor hot = at::one_hot(all.paths, kStates).to(at::kDouble);
    expect_close(chain.model->encode(x, chain.globals())[0].second[0],
                 at::einsum("p,ptk->tk", {q, hot}),
                 1e-9);
    EXPECT_NEAR(step.statistics.parts[1].sum().item<double>(), kSteps - 1, 1e-9);
  }
}

TEST(HiddenMarkovChain, ExpectedParametersGiveTheSumOverPathsOfExpectations) {
  const auto model = hidden_markov(kStates, {kSteps, 2}, {{"type", "normal_full"}});
  const Tensor x = normal_sequences({kSteps, kSteps, kSteps}, kStates, 10);
  const Globals globals = testing::start_of(*model, x);
  const LocalStep step = model->local_step(x, globals, {});
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    const Tensor score = model->components().expected_score(x[n], globals.mean(2)) +
                         model->components().base(x[n]).unsqueeze(-1);
    const Enumeration all = enumerate(globals.mean(0), globals.mean(1), score);
    expect_close(step.bound[n], all.log_weight.logsumexp({0}), 1e-12);
  }
}

/// ln p(x) of one feature under the normal-gamma prior: Murphy, "Conjugate Bayesian analysis of the
/// Gaussian distribution", 2007, equation 95.
double log_evidence(const Tensor& x, double location, double strength, double a, double b) {
  const double n = static_cast<double>(x.numel()), mean = x.mean().item<double>();
  const double more = strength + n, a_n = a + n / 2;
  const double b_n = b + 0.5 * (x - mean).square().sum().item<double>() +
                     0.5 * strength * n * std::pow(mean - location, 2) / more;
  return std::lgamma(a_n) - std::lgamma(a) + a * std::log(b) - a_n * std::log(b_n) +
         0.5 * std::log(strength / more) - 0.5 * n * std::log(2 * M_PI);
}

TEST(HiddenMarkovChain, OneStateGivesTheEvidence) {
  const auto model = hidden_markov(1,
                                   {6, 1},
                                   {{"type", "normal_full"},
                                    {"location", 0.4},
                                    {"strength", 0.7},
                                    {"extra_degrees", 3.0},
                                    {"prior_variance", 2.0}});
  at::Generator g = generator(4);
  const Tensor x = at::randn({2, 6, 1}, g, at::kDouble) * 2 + 1;
  Globals globals = testing::start_of(*model, x);
  Tensor local;
  testing::ascend(*model, x, globals, local);
  // nu = 3 degrees of freedom and W^-1 = nu * 2: a = nu / 2, b = W^-1 / 2.
  const double exact = log_evidence(x.flatten(), 0.4, 0.7, 1.5, 3.0);
  EXPECT_NEAR(testing::ascend(*model, x, globals, local), exact, 1e-10 * std::abs(exact));
}

TEST(HiddenMarkovChain, IsNeverBelowTheFactorisedPosterior) {
  const Tensor x = normal_sequences({7, 3, 12, 1}, kStates, 12);
  const Json component = {{"type", "normal_diagonal"}};
  const auto chain =
      hidden_markov(kStates, {12, 2}, component, {{"start", "random_responsibilities"}});
  const auto factorised =
      hidden_markov(kStates, {12, 2}, component, {{"posterior", "factorised"}, {"sweeps", 10000}});
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Globals globals = testing::start_of(*chain, x, seed);
    const Tensor exact = chain->local_step(x, globals, {}).bound;
    const Tensor looser = factorised->local_step(x, globals, {}).bound;
    EXPECT_TRUE(looser.le(exact + 1e-10).all().item<bool>());
    EXPECT_GT((exact - looser)[2].item<double>(), 1e-6);
    // One step has nothing to be factorised.
    EXPECT_NEAR(exact[3].item<double>(), looser[3].item<double>(), 1e-10);
  }
}

TEST(HiddenMarkovChain, FactorisedPosteriorIsAFixedPoint) {
  const Tensor x = normal_sequences({7, 3, 12}, kStates, 13);
  const Json exact = {{"posterior", "factorised"}, {"sweeps", 10000}, {"tolerance", 0.0}};
  const Json once = {{"posterior", "factorised"}, {"sweeps", 1}};
  const Json component = {{"type", "normal_diagonal"}};
  const auto model = hidden_markov(kStates, {12, 2}, component, exact);
  const Globals globals = testing::start_of(*model, x);
  const LocalStep found = model->local_step(x, globals, {});
  const LocalStep again =
      hidden_markov(kStates, {12, 2}, component, once)->local_step(x, globals, found.local);
  EXPECT_EQ(found.local.sizes(), at::IntArrayRef({3, 12 * kStates}));
  expect_close(again.local, found.local, 1e-12);
  const double early = hidden_markov(kStates, {12, 2}, component, once)
                           ->local_step(x, globals, {})
                           .bound.sum()
                           .item<double>();
  EXPECT_LT(early, found.bound.sum().item<double>());
}

/// The bound of q(z) = prod_t q_t for one sequence, in words of the formula. @param q [T, K]
double factorised_bound(const Tensor& q,
                        const Tensor& score,
                        const Tensor& log_initial,
                        const Tensor& log_transition) {
  const std::int64_t steps = q.size(0) - 1;
  const Tensor pairs = at::einsum("ti,tj->ij", {q.narrow(0, 0, steps), q.narrow(0, 1, steps)});
  return ((q * score).sum() + (q[0] * log_initial).sum() + (pairs * log_transition).sum() -
          (q * q.log()).sum())
      .item<double>();
}

TEST(HiddenMarkovChain, FactorisedPosteriorBeatsItsNeighbours) {
  const Tensor x = normal_sequences({kSteps}, kStates, 14);
  const auto model = hidden_markov(kStates,
                                   {kSteps, 2},
                                   {{"type", "normal_diagonal"}},
                                   {{"posterior", "factorised"},
                                    {"sweeps", 10000},
                                    {"tolerance", 0.0},
                                    {"start", "random_responsibilities"}});
  const Globals globals = testing::start_of(*model, x);
  const LocalStep found = model->local_step(x, globals, {});
  const Tensor score = model->components().expected_score(x[0], globals.mean(2)) +
                       model->components().base(x[0]).unsqueeze(-1);
  const auto bound = [&](const Tensor& q) {
    return factorised_bound(q, score, globals.mean(0), globals.mean(1));
  };
  const Tensor q = found.local.view({kSteps, kStates});
  EXPECT_NEAR(found.bound.item<double>(), bound(q), 1e-11);
  at::Generator g = generator(15);
  for (const double size : {1e-4, 1e-3, 1e-2, 1e-1})
    for (int i = 0; i < 40; ++i) {
      // One step at a time: what coordinate ascent maximises.
      Tensor noise = at::zeros_like(q);
      noise[i % kSteps] = at::randn({kStates}, g, at::kDouble) * size;
      EXPECT_LT(bound((q.log() + noise).softmax(-1)), bound(q)) << size;
    }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
