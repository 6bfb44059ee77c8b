#include "models/conjugate/latent_dirichlet_support.h"

#include <ATen/Parallel.h>

#include "elbow/foundations/core/error.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::documents;
using testing::generator;
using testing::lda;
using testing::random_counts;
using testing::start_of;
using testing::with_points;

const Tensor& two_topics() {
  static const Tensor out = at::tensor({0.6, 0.3, 0.1, 0.1, 0.2, 0.7}, at::kDouble).view({2, 3});
  return out;
}

TEST(LatentDirichlet, OneDocumentReachesItsFixedPoint) {
  // The fixed point in arithmetic of 40 digits.
  constexpr double kBound = -5.1595846622627053;
  const auto model = lda(2, 3, {{"alpha", 0.5}, {"sweeps", 2000}, {"tolerance", 0.0}});
  const Globals globals = with_points(*model, two_topics());
  const LocalStep step = model->local_step(documents({{2, 1, 1}}), globals, {});
  EXPECT_NEAR(step.bound.item<double>(), kBound, 1e-12);
  EXPECT_NEAR(step.local[0][0].item<double>(), 3.49572609526, 1e-11);
  EXPECT_NEAR(step.local[0][1].item<double>(), 1.50427390474, 1e-11);
  EXPECT_NEAR(bound_of(*model, step.statistics, globals), kBound, 1e-12);
}

TEST(LatentDirichlet, DocumentWithoutWordsSaysNothing) {
  const auto model = lda(2, 3, {{"alpha", 0.5}, {"learn_alpha", "asymmetric"}});
  const Globals globals = with_points(*model, two_topics());
  const Tensor before = at::full({1, 2}, 7.0, at::kDouble);
  const LocalStep step = model->local_step(documents({{0, 0, 0}}), globals, before);
  EXPECT_EQ(step.bound.item<double>(), 0.0);
  EXPECT_TRUE(step.local.eq(0.5).all().item<bool>());
  EXPECT_TRUE(model->optimum(1, step.statistics, globals).eq(0.5).all().item<bool>());
  EXPECT_EQ(model->log_predictive(documents({{0, 0, 0}}), globals).item<double>(), 0.0);
}

TEST(LatentDirichlet, KnownLocalFactorsEndAfterFewerSweeps) {
  const auto far = lda(3, 20, {{"tolerance", 0.0}, {"sweeps", 500}});
  const auto near = lda(3, 20, {{"tolerance", 0.0}, {"sweeps", 1}});
  const Tensor x = random_counts(12, 3, 20, 8).to_sparse_csr();
  const Globals globals = start_of(*far, x);
  const LocalStep found = far->local_step(x, globals, {});
  EXPECT_TRUE(
      at::allclose(near->local_step(x, globals, found.local).local, found.local, 1e-6, 1e-6));
  EXPECT_FALSE(at::allclose(near->local_step(x, globals, {}).local, found.local, 1e-6, 1e-6));
  // Rows of zeros are not known.
  EXPECT_TRUE(at::equal(near->local_step(x, globals, at::zeros_like(found.local)).local,
                        near->local_step(x, globals, {}).local));
}

TEST(LatentDirichlet, StatisticsDoNotDependOnThreads) {
  const auto model = lda(7, 3000, {{"learn_alpha", "asymmetric"}, {"learn_eta", true}});
  const Tensor x = random_counts(300, 7, 3000, 9).to_sparse_csr();
  const Globals globals = start_of(*model, x);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const LocalStep one = model->local_step(x, globals, {});
  const double bound = bound_of(*model, one.statistics, globals);
  for (const int threads : {2, 3}) {
    at::set_num_threads(threads);
    const LocalStep other = model->local_step(x, globals, {});
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_TRUE(at::equal(one.statistics.parts[i], other.statistics.parts[i])) << threads;
    EXPECT_TRUE(at::equal(one.bound, other.bound)) << threads;
    EXPECT_TRUE(at::equal(one.local, other.local)) << threads;
    EXPECT_EQ(one.statistics.entropy, other.statistics.entropy) << threads;
    EXPECT_EQ(bound, bound_of(*model, other.statistics, globals)) << threads;
    for (std::size_t i = 0; i < globals.size(); ++i)
      EXPECT_TRUE(at::equal(model->optimum(i, one.statistics, globals),
                            model->optimum(i, other.statistics, globals)));
  }
  at::set_num_threads(before);
}

/// Documents of `length` words from topics that share no word: gamma is exact, so alpha is the
/// maximum of the Dirichlet-multinomial likelihood up to the bound on ln theta.
TEST(LatentDirichlet, AlphaOfAKnownModelIsFound) {
  Json keys = {{"learn_alpha", "asymmetric"}, {"alpha", 1.0}, {"tolerance", 1e-6}};
  const auto model = lda(3, 6, keys);
  Globals globals = with_points(*model, at::eye(3, at::kDouble).repeat_interleave(2, 1));
  const Tensor truth = at::tensor({0.3, 0.8, 1.5}, at::kDouble);
  keys["draw_length"] = 400;
  const auto source_model = lda(3, 6, keys);
  Globals source_globals =
      with_points(*source_model, at::eye(3, at::kDouble).repeat_interleave(2, 1));
  source_globals.set(1, truth);
  GeneratorSource source(generator(17));
  const Tensor x = source_model->sample(2000, source_globals, source).to_sparse_csr();
  Tensor local;
  for (int i = 0; i < 60; ++i) {
    const LocalStep step = model->local_step(x, globals, local);
    local = step.local;
    globals.set(1, model->optimum(1, step.statistics, globals));
  }
  // The relative standard error of alpha_k is about 3 %: five of them.
  EXPECT_TRUE(at::allclose(globals.natural(1), truth, 0.15, 0.0)) << globals.natural(1);
}

TEST(LatentDirichlet, CompletionScoresTheOtherHalf) {
  const auto model = lda(2, 3, {{"alpha", 0.5}, {"sweeps", 500}, {"tolerance", 0.0}});
  const Globals globals = with_points(*model, two_topics());
  // Tokens 0 0 0 1 2 2: the first half has 0 0 2, the second 0 1 2.
  const Tensor x = documents({{3, 1, 2}, {1, 0, 0}});
  EXPECT_TRUE(at::equal(model->num_predicted(x), at::tensor({3.0, 0.0}, at::kDouble)));
  const Tensor theta = model->encode(documents({{2, 0, 1}}), globals)[0].second;
  const Tensor probability = theta.matmul(two_topics()).squeeze(0);
  const Tensor out = model->log_predictive(x, globals);
  EXPECT_NEAR(out[0].item<double>(), probability.log().sum().item<double>(), 1e-12);
  EXPECT_EQ(out[1].item<double>(), 0.0);
}

TEST(LatentDirichlet, WordThatNoTopicHasIsImpossible) {
  const auto model = lda(2, 3);
  const Globals globals =
      with_points(*model, at::tensor({0.6, 0.4, 0.0, 0.2, 0.8, 0.0}, at::kDouble).view({2, 3}));
  const LocalStep step = model->local_step(documents({{1, 1, 0}, {1, 0, 1}}), globals, {});
  EXPECT_TRUE(std::isfinite(step.bound[0].item<double>()));
  EXPECT_EQ(step.bound[1].item<double>(), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(bound_of(*model, step.statistics, globals), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(model->log_predictive(documents({{1, 0, 1}}), globals).item<double>(),
            -std::numeric_limits<double>::infinity());
}

TEST(LatentDirichlet, TopicWithoutWordsKeepsItsPoint) {
  const auto model = lda(2, 3);
  const Globals globals = with_points(*model, two_topics());
  Statistics statistics = model->local_step(documents({{2, 1, 1}}), globals, {}).statistics;
  statistics.parts[0][1].zero_();
  const Tensor next = model->optimum(0, statistics, globals);
  EXPECT_TRUE(at::equal(next[1], two_topics()[1]));
}

TEST(LatentDirichlet, DrawsFollowTheTopics) {
  const auto model = lda(2, 3, {{"alpha", 0.01}, {"draw_length", 20}});
  const Globals globals = with_points(*model, two_topics());
  GeneratorSource source(generator(4));
  const Tensor x = model->sample(4000, globals, source);
  EXPECT_TRUE(x.sum(1).eq(20).all().item<bool>());
  // Documents are of almost one topic: a share's standard error is below 0.5 / sqrt(4000) = 0.008;
  // four of them, three shares: below 2e-4.
  const Tensor share = x.mean(0) / 20;
  EXPECT_TRUE(at::allclose(share, two_topics().mean(0), 0.0, 0.032)) << share;
}

// Every document has topics of its own; one draw of them was shared by as many as fitted into
// memory. A document of one topic Dir(1, 2, 3): counts of the third word have the variance of a
// Dirichlet multinomial, 20 / 4 (20 + 6) / (1 + 6) = 18.57, and mean 10. Errors of 4000 draws:
// 0.068 and below 3 %; five of them: below 1e-6.
TEST(LatentDirichlet, EachDrawnDocumentHasTopicsOfItsOwn) {
  const auto model = lda(2, 3, {{"alpha", 0.001}, {"draw_length", 20}});
  const Tensor natural = at::tensor({0.0, 1.0, 2.0, 0.0, 1.0, 2.0}, at::kDouble).view({2, 3});
  GeneratorSource source(generator(5));
  const Tensor third =
      model->sample(4000, Globals(model->factors(), {natural}), source).select(1, 2);
  EXPECT_NEAR(third.mean().item<double>(), 10, 0.35);
  EXPECT_NEAR(third.var().item<double>(), 130.0 / 7, 0.15 * 130 / 7);
}

TEST(LatentDirichlet, SummaryNamesTheWordsOfTheHeaviestTopicFirst) {
  DataContext data;
  data.words = std::make_shared<const std::vector<std::string>>(
      std::vector<std::string>{"red", "green", "blue"});
  const auto named = lda(2, 3, {{"num_top_words", 2}}, data), bare = lda(2, 3);
  const Tensor natural = at::tensor({3.0, 1.0, 0.0, 1.0, 2.0, 9.0}, at::kDouble).view({2, 3});
  const Globals globals(named->factors(), {natural});
  const Json topics = named->summary(globals).at("topics");
  EXPECT_EQ(topics[0].at("topic"), 1);
  EXPECT_EQ(topics[0].at("words"), Json({"blue", "green"}));
  EXPECT_EQ(topics[1].at("words"), Json({"red", "green"}));
  EXPECT_NEAR(topics[0].at("probabilities")[0].get<double>(), 10.0 / 15.0, 1e-12);
  EXPECT_NEAR(topics[0].at("weight").get<double>(), 14.97 / 21.94, 1e-12);
  EXPECT_EQ(bare->summary(globals).at("topics")[0].at("words"), Json({2, 1, 0}));
}

TEST(LatentDirichlet, RefusesWhatItCannotModel) {
  const auto model = lda(2, 3);
  const Globals globals = start_of(*model, documents({{1, 1, 1}}));
  EXPECT_THROW(model->local_step(at::ones({2, 3}, at::kDouble), globals, {}), DataError);
  EXPECT_THROW(model->local_step(documents({{1, 1, 1, 1}}), globals, {}), DataError);
  EXPECT_THROW(model->local_step(documents({{1, -1, 1}}), globals, {}), DataError);
  EXPECT_THROW(model->local_step(documents({{1, testing::kMissing, 1}}), globals, {}), DataError);
  EXPECT_THROW(model->log_predictive(documents({{1, 0.5, 1}}), globals), DataError);
  const auto small_eta = lda(2, 3, {{"eta", 0.5}});
  small_eta->use_points({"topics"}, /*is_flat=*/false);
  EXPECT_THROW(start_of(*small_eta, documents({{1, 1, 1}})), DataError);
  const auto learned = lda(2, 3, {{"eta", 1.5}, {"learn_eta", true}});
  learned->use_points({"topics"}, /*is_flat=*/false);
  EXPECT_THROW(start_of(*learned, documents({{1, 1, 1}})), DataError);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
