// What a hidden Markov model does with people's data, and what it says.
#include <ATen/Parallel.h>

#include "elbow/foundations/core/error.h"
#include "models/conjugate/hidden_markov_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::ascend;
using testing::generator;
using testing::hidden_markov;
using testing::kMissing;
using testing::normal_sequences;
using testing::start_of;
using testing::symbol_sequences;

TEST(HiddenMarkov, StatisticsDoNotDependOnTheNumberOfThreads) {
  const std::vector<std::int64_t> lengths(150, 7);
  const Tensor x = normal_sequences(lengths, 3, 5);
  for (const char* posterior : {"chain", "factorised"}) {
    const auto model =
        hidden_markov(3, {7, 2}, {{"type", "normal_diagonal"}}, {{"posterior", posterior}});
    const Globals globals = start_of(*model, x);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const LocalStep one = model->local_step(x, globals, {});
    at::set_num_threads(4);
    const LocalStep four = model->local_step(x, globals, {});
    at::set_num_threads(threads);
    for (std::size_t i : {0, 1})
      EXPECT_TRUE(one.statistics.parts[i].equal(four.statistics.parts[i]));
    EXPECT_EQ(one.statistics.entropy, four.statistics.entropy);
    EXPECT_TRUE(one.bound.equal(four.bound));
  }
}

TEST(HiddenMarkov, PaddingChangesNothing) {
  const Tensor x = normal_sequences({9, 4, 6}, 3, 6);
  const Tensor wider = at::cat({x, at::full({3, 5, 2}, kMissing, at::kDouble)}, 1);
  const auto model = hidden_markov(3, {9, 2}, {{"type", "normal_full"}});
  const Globals globals = start_of(*model, x);
  const Tensor bound = model->local_step(x, globals, {}).bound;
  EXPECT_TRUE(model->local_step(wider, globals, {}).bound.equal(bound));
  const Encoding encoding = model->encode(wider, globals);
  EXPECT_EQ(encoding[0].second.sizes(), at::IntArrayRef({3, 14, 3}));
  EXPECT_TRUE(encoding[0].second[1].narrow(0, 4, 10).eq(0).all().item<bool>());
  EXPECT_NEAR(encoding[0].second.sum().item<double>(), 19.0, 1e-10);
  EXPECT_TRUE(encoding[1].second[1].narrow(0, 4, 10).eq(-1).all().item<bool>());
  EXPECT_TRUE(encoding[1].second[1].narrow(0, 0, 4).ge(0).all().item<bool>());
}

// With lengths nothing is read behind them: not even that it is no number.
TEST(HiddenMarkov, LengthsSayWhereASequenceEnds) {
  const Tensor x = normal_sequences({9, 4, 6}, 3, 6);
  const auto model = hidden_markov(3, {9, 2}, {{"type", "normal_full"}});
  const Globals globals = start_of(*model, x);
  Batch filled = x.nan_to_num(123.0);
  const Tensor bound = model->local_step(x, globals, {}).bound;
  EXPECT_FALSE(model->local_step(filled, globals, {}).bound.equal(bound));
  filled.lengths = sequence_lengths(x);
  EXPECT_TRUE(at::equal(filled.lengths, at::tensor({9, 4, 6}, at::kLong)));
  EXPECT_TRUE(model->local_step(filled, globals, {}).bound.equal(bound));
  const Tensor last = model->local_step(filled.narrow(2, 1), globals, {}).bound;
  EXPECT_TRUE(last.equal(model->local_step(filled.select({2}), globals, {}).bound));
  EXPECT_NEAR(last.item<double>(), bound[2].item<double>(), 1e-10);
}

std::string refusal(const HiddenMarkov& model, const Tensor& x, const Globals& globals) {
  try {
    model.local_step(x, globals, {});
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(HiddenMarkov, RefusesMissingValuesInWords) {
  const Tensor x = normal_sequences({9, 4, 6}, 3, 6);
  const auto model = hidden_markov(3, {9, 2}, {{"type", "normal_full"}});
  const Globals globals = start_of(*model, x);
  Tensor part = x.clone(), gap = x.clone(), empty = x.clone(), endless = x.clone();
  part[1][2][0] = kMissing;
  EXPECT_EQ(refusal(*model, part, globals),
            "model: 1 of the 2 values at step 3 of a sequence are NaN");
  gap[1].narrow(0, 1, 1).fill_(kMissing);
  EXPECT_EQ(refusal(*model, gap, globals),
            "model: step 3 of a sequence is there, but the one before it is missing (NaN)");
  empty[2].fill_(kMissing);
  EXPECT_EQ(refusal(*model, empty, globals),
            "model: a sequence has no steps: all its values are NaN");
  endless[0][0][0] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(refusal(*model, endless, globals), "model.component: a value is not finite");
}

TEST(HiddenMarkov, RefusesWhatItCannotBe) {
  const Json unit = {{"type", "normal_unit"}};
  EXPECT_THROW(hidden_markov(3, {9}, unit), ConfigError);
  EXPECT_THROW(hidden_markov(19, {9, 1}, unit, Json::object(), /*num_examples=*/2), ConfigError);
  EXPECT_NO_THROW(hidden_markov(18, {9, 1}, unit, Json::object(), /*num_examples=*/2));
  EXPECT_THROW(hidden_markov(2, {9, 2}, {{"type", "categorical"}, {"num_symbols", 3}}),
               ConfigError);
  // Three equal points have no maximum-likelihood covariance.
  const auto model = hidden_markov(1, {3, 2}, {{"type", "normal_full"}});
  model->use_points({"components"}, /*is_flat=*/true);
  EXPECT_THROW(start_of(*model, at::ones({1, 3, 2}, at::kDouble)), DataError);
}

// A concentration of 0.5 has its density at the corners, where it is infinite.
TEST(HiddenMarkov, RefusesPointMassesWithoutAMaximum) {
  const Tensor x = symbol_sequences({9, 4, 15}, 3, 4, 21);
  const auto model = hidden_markov(
      3, {15, 1}, {{"type", "categorical"}, {"num_symbols", 4}}, {{"initial_concentration", 0.5}});
  model->use_points({"initial"}, /*is_flat=*/false);
  Globals globals = start_of(*model, x);
  Statistics statistics = model->local_step(x, globals, {}).statistics;
  statistics.parts[0] = at::tensor({1.0, 1.0, 1.0}, at::kDouble);
  EXPECT_NO_THROW(model->optimum(0, statistics, globals));
  statistics.parts[0] = at::tensor({3.0, 0.1, 0.0}, at::kDouble);
  EXPECT_THROW(model->optimum(0, statistics, globals), DataError);
}

TEST(HiddenMarkov, SymbolsAreCountsOfOneOutcome) {
  const Tensor x = symbol_sequences({9, 9}, 3, 4, 21);
  const auto symbols = hidden_markov(3, {9, 1}, {{"type", "categorical"}, {"num_symbols", 4}});
  const auto counts = hidden_markov(3, {9, 4}, {{"type", "multinomial"}});
  const Globals globals = start_of(*symbols, x);
  const Tensor hot = at::one_hot(x.squeeze(-1).to(at::kLong), 4).to(at::kDouble);
  EXPECT_TRUE(at::allclose(symbols->local_step(x, globals, {}).bound,
                           counts->local_step(hot, globals, {}).bound,
                           1e-13));
}

TEST(HiddenMarkov, RefusesWhatIsNoSymbol) {
  const auto model = hidden_markov(2, {3, 1}, {{"type", "categorical"}, {"num_symbols", 3}});
  const Tensor good = at::tensor({0., 1., 2.}, at::kDouble).view({1, 3, 1});
  const Globals globals = start_of(*model, good);
  for (const double bad : {3.0, -1.0, 0.5}) {
    Tensor x = good.clone();
    x[0][1][0] = bad;
    EXPECT_EQ(refusal(*model, x, globals), "model.component: a value is not a symbol (0 to 2)");
  }
}

TEST(HiddenMarkov, PredictsOnlyWithPointMasses) {
  const Tensor x = normal_sequences({9, 4, 6}, 3, 6);
  const auto model = hidden_markov(3, {9, 2}, {{"type", "normal_full"}});
  EXPECT_FALSE(model->log_predictive(x, start_of(*model, x)).defined());
  model->use_points({"transitions"}, false);
  EXPECT_FALSE(model->log_predictive(x, start_of(*model, x)).defined());
  model->use_points({"all"}, false);
  const Globals globals = start_of(*model, x);
  EXPECT_TRUE(at::allclose(
      model->log_predictive(x, globals), model->local_step(x, globals, {}).bound, 1e-12));
}

/// Two states that never change and show their own symbol; the third symbol is never shown.
Globals frozen(const HiddenMarkov& model) {
  const Tensor stay = at::eye(2, at::kDouble);
  return Globals(model.factors(),
                 {at::tensor({1.0, 3.0}, at::kDouble), stay, at::eye(2, 3, at::kDouble)});
}

TEST(HiddenMarkov, ImpossibleSequencesHaveNoNumberThatIsNaN) {
  for (const char* posterior : {"chain", "factorised"}) {
    const auto model = hidden_markov(
        2, {3, 1}, {{"type", "categorical"}, {"num_symbols", 3}}, {{"posterior", posterior}});
    model->use_points({"all"}, /*is_flat=*/false);
    const Globals globals = frozen(*model);
    const Tensor possible = at::tensor({1., 1., 1.}, at::kDouble).view({1, 3, 1});
    const LocalStep fine = model->local_step(possible, globals, {});
    EXPECT_NEAR(fine.bound.item<double>(), std::log(0.75), 1e-12);
    EXPECT_NEAR(fine.statistics.entropy, 0.0, 1e-12);
    EXPECT_TRUE(std::isfinite(bound_of(*model, fine.statistics, globals)));
    for (const auto& symbols : std::vector<std::vector<double>>{{1, 2, 1}, {0, 1, 1}}) {
      const Tensor x = at::tensor(symbols, at::kDouble).view({1, 3, 1});
      const LocalStep step = model->local_step(x, globals, {});
      EXPECT_EQ(step.bound.item<double>(), -std::numeric_limits<double>::infinity());
      EXPECT_EQ(bound_of(*model, step.statistics, globals),
                -std::numeric_limits<double>::infinity());
      for (const auto& part : step.statistics.parts)
        EXPECT_TRUE(part.isfinite().all().item<bool>());
      EXPECT_EQ(model->log_predictive(x, globals).item<double>(),
                -std::numeric_limits<double>::infinity());
      for (const auto& [name, value] : model->encode(x, globals))
        EXPECT_TRUE(value.isfinite().all().item<bool>()) << name;
    }
  }
}

TEST(HiddenMarkov, UnvisitedStatesKeepWhatTheyHave) {
  const auto model = hidden_markov(2, {3, 1}, {{"type", "categorical"}, {"num_symbols", 3}});
  model->use_points({"all"}, /*is_flat=*/true);
  Globals globals = frozen(*model);
  const Tensor x = at::tensor({1., 1., 1.}, at::kDouble).view({1, 3, 1});
  Tensor local;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(std::isfinite(ascend(*model, x, globals, local)));
  EXPECT_TRUE(globals.mean(1).exp().allclose(at::eye(2, at::kDouble)));
  EXPECT_NEAR(ascend(*model, x, globals, local), 0.0, 1e-12);
}

TEST(HiddenMarkov, EveryStartIsInsideTheParameterSpace) {
  for (const char* start : {"kmeans++", "random_examples", "random_responsibilities"})
    for (const bool is_flat : {false, true}) {
      const Tensor x = symbol_sequences({9, 4, 15}, 3, 4, 21);
      // More states than symbols: some own no step.
      const auto model = hidden_markov(
          6, {15, 1}, {{"type", "categorical"}, {"num_symbols", 4}}, {{"start", start}});
      if (is_flat) model->use_points({"all"}, is_flat);
      Globals globals = start_of(*model, x);
      Tensor local;
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(model->factors()[i].family->problem(globals.natural(i)), "");
        EXPECT_FALSE(globals.mean(i).isnan().any().item<bool>()) << start << i;
      }
      EXPECT_TRUE(std::isfinite(ascend(*model, x, globals, local)));
      EXPECT_TRUE(std::isfinite(ascend(*model, x, globals, local)));
    }
}

TEST(HiddenMarkov, FindsTheStatesThatDrewTheData) {
  const std::vector<std::int64_t> lengths(40, 25);
  const Tensor x = normal_sequences(lengths, 3, 17);
  const auto model = hidden_markov(3, {25, 2}, {{"type", "normal_full"}});
  Globals globals = start_of(*model, x);
  Tensor local;
  for (int i = 0; i < 30; ++i) ascend(*model, x, globals, local);
  const Json summary = model->summary(globals);
  // A state stays with 0.8 + 0.2 / 3; of some 330 steps in a state, 0.08 is four standard errors.
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_NEAR(summary["transitions"][k][k].get<double>(), 0.867, 0.08);
  EXPECT_NEAR(summary["initial"][0].get<double>() + summary["initial"][1].get<double>() +
                  summary["initial"][2].get<double>(),
              1.0,
              1e-12);
  const Tensor radius = model->components().expected(globals.natural(2), false).norm(2, -1);
  EXPECT_TRUE(radius.sub(3.0).abs().lt(0.4).all().item<bool>());
}

// 12 frequencies of 4000 draws within 5 standard errors: a right sampler fails with probability
// below 1e-5.
TEST(HiddenMarkov, DrawsFollowTheChain) {
  const auto model = hidden_markov(2, {3, 1}, {{"type", "categorical"}, {"num_symbols", 2}});
  model->use_points({"all"}, /*is_flat=*/true);
  const Tensor initial = at::tensor({0.3, 0.7}, at::kDouble);
  const Tensor rows = at::tensor({0.9, 0.1, 0.4, 0.6}, at::kDouble).view({2, 2});
  const Tensor shown = at::tensor({0.8, 0.2, 0.1, 0.9}, at::kDouble).view({2, 2});
  const Globals globals(model->factors(), {initial, rows, shown});
  constexpr std::int64_t kDraws = 4000;
  GeneratorSource source(generator(19));
  const Tensor x = model->sample(kDraws, globals, source);
  ASSERT_EQ(x.sizes(), at::IntArrayRef({kDraws, 3, 1}));
  const Tensor code = x.select(-1, 0).matmul(at::tensor({4., 2., 1.}, at::kDouble));
  for (int c = 0; c < 8; ++c) {
    const Tensor one = at::tensor({c / 4 + 0., c / 2 % 2 + 0., c % 2 + 0.}, at::kDouble);
    const double p = model->log_predictive(one.view({1, 3, 1}), globals).exp().item<double>();
    const double frequency = code.eq(c).to(at::kDouble).mean().item<double>();
    EXPECT_NEAR(frequency, p, 5 * std::sqrt(p * (1 - p) / kDraws)) << c;
  }
}

TEST(HiddenMarkov, DrawsOfDistributionsHaveTheShapeOfTheData) {
  const Tensor x = normal_sequences({9, 4, 6}, 3, 6);
  for (const char* type : {"normal_full", "normal_diagonal", "normal_unit"}) {
    const auto model = hidden_markov(3, {9, 2}, {{"type", type}});
    GeneratorSource source(generator(2));
    const Tensor drawn = model->sample(11, start_of(*model, x), source);
    EXPECT_EQ(drawn.sizes(), at::IntArrayRef({11, 9, 2}));
    EXPECT_TRUE(drawn.isfinite().all().item<bool>());
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
