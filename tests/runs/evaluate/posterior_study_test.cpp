// What `elbow diagnose` says of posteriors whose answers are known.
#include "elbow/runs/evaluate/posterior_study.h"

#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/runs/evaluate/diagnosis.h"
#include "runs/evaluate/finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::finished_run;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

TEST(PosteriorStudy, CallsAPosteriorThatIsThePriorCollapsed) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig);
  DiagnosisOptions options;
  options.wants_gradients = false;
  options.posterior.importance.particles = 100;
  const Json before = diagnose_run(run, options).summary.at("posterior");
  EXPECT_EQ(before.at("units"), 3);
  EXPECT_EQ(before.at("examples"), 30);
  ASSERT_EQ(before.at("kl_per_unit").size(), 3u);
  double sum = 0;
  for (const Json& kl : before.at("kl_per_unit")) sum += kl.get<double>();
  EXPECT_NEAR(sum, before.at("kl").at("value").get<double>(), 1e-4);

  // Weights and biases of nought: one posterior for all, about the prior.
  const at::NoGradGuard no_grad;
  for (auto& item : run.modules.guide->named_parameters()) item.value().zero_();
  const Json after = diagnose_run(run, options).summary.at("posterior");
  EXPECT_EQ(after.at("active_units"), 0);
  EXPECT_EQ(after.at("collapse"), "full");
  EXPECT_THAT(after.at("advice").dump(), HasSubstr("objective.beta="));
}

// Units that are 1 with probability 1 / (1 + exp(-3)) whatever x is, under a prior of 1/2: a KL of
// 0.502282 nats each, and not a word about the data.
TEST(PosteriorStudy, APosteriorThatSaysNothingNeedNotBeThePrior) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig, testing::eight_bits());
  testing::say_nothing(run, 3.0);
  DiagnosisOptions options;
  options.wants_gradients = false;
  options.posterior.importance.particles = 100;
  const Json found = diagnose_run(run, options).summary.at("posterior");
  EXPECT_NEAR(found.at("kl").at("value").get<double>(), 8 * 0.502282, 1e-4);
  EXPECT_NEAR(found.at("mutual_information").at("value").get<double>(), 0, 1e-5);
  EXPECT_EQ(found.at("collapse"), "full");
  EXPECT_THAT(found.at("advice").dump(), HasSubstr("though not the prior (KL 4.02 nats)"));
  EXPECT_THAT(found.at("advice").dump(), ::testing::Not(HasSubstr("the posterior is the prior")));
}

// A gamma posterior that is the same for all, far from its prior.
TEST(PosteriorStudy, NorNeedAGammaThatSaysNothing) {
  const TemporaryFolder folder;
  TrainedRun run =
      finished_run(folder,
                   testing::kTinyConfig,
                   {"++model.prior={type: gamma, learned: false}",
                    "++guide.posterior={type: gamma, network: {type: mlp, hidden_sizes: [8]}}"});
  testing::say_nothing(run, 2.0);
  DiagnosisOptions options;
  options.wants_gradients = false;
  options.posterior.importance.particles = 100;
  const Json found = diagnose_run(run, options).summary.at("posterior");
  EXPECT_GT(found.at("kl").at("value").get<double>(), 1);
  EXPECT_NEAR(found.at("mutual_information").at("value").get<double>(), 0, 1e-5);
  EXPECT_EQ(found.at("collapse"), "full");
  EXPECT_THAT(found.at("advice").dump(), HasSubstr("though not the prior"));
}

// Weights near nought: posterior and prior differ by rounding, and importance weights around -277
// by no or some steps of 3e-5. Fitted to the steps, tails were too heavy.
TEST(PosteriorStudy, RoundingIsNoHeavyTail) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig, {"data.height=20", "data.width=20"});
  const auto scale = [](const auto& module, double factor, std::int64_t least_dim) {
    const at::NoGradGuard no_grad;
    for (auto& item : module->named_parameters())
      if (item.value().dim() >= least_dim) item.value().mul_(factor);
  };
  scale(run.modules.guide, 1e-7, 0);
  scale(run.modules.model, 1e-4, 2);
  DiagnosisOptions options;
  options.wants_gradients = false;
  options.posterior.importance.particles = 1000;
  for (int i = 0; i < 4; ++i) {
    scale(run.modules.model, 0.3, 2);
    const Json found = diagnose_run(run, options).summary.at("posterior");
    EXPECT_EQ(found.at("pareto_k").at("bands").at("up_to_0.5"), 1.0) << i << found.at("pareto_k");
    EXPECT_THAT(found.at("advice").dump(), ::testing::Not(HasSubstr("too heavy"))) << i;
  }
}

TEST(PosteriorStudy, CountsTailsOfEveryExample) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig);
  DiagnosisOptions options;
  options.wants_gradients = false;
  options.posterior.importance.particles = 200;
  const Diagnosis found = diagnose_run(run, options);
  const Json& tails = found.summary.at("posterior").at("pareto_k");
  std::int64_t counted = 0;
  for (const Json& count : tails.at("histogram").at("counts")) counted += count.get<std::int64_t>();
  EXPECT_EQ(counted, 30);
  double shares = 0;
  for (const auto& [band, share] : tails.at("bands").items()) shares += share.get<double>();
  EXPECT_NEAR(shares, 1.0, 1e-12);
  EXPECT_GE(tails.at("worst")[0].at("k"), tails.at("worst")[1].at("k"));
  EXPECT_THAT(found.per_example_csv, HasSubstr("pareto_k"));
}

TEST(Histogram, PutsWhatLiesOutsideIntoTheOutermostBins) {
  const Json bins = histogram({-9, 0.05, 0.1, 0.15, 9}, 0, 0.1, 3);
  EXPECT_EQ(bins.at("counts"), Json({2, 2, 1}));
}

TEST(Diagnosis, RefusesWhatHasNoLatents) {
  const TemporaryFolder folder;
  const std::string density = R"(
name: density
device: cpu
threads: 1
data: {type: synthetic_two_moons, train_size: 64, validation_size: 8, test_size: 8}
model: {type: density, density: {type: flow, flows: [{type: affine}]}}
trainer: {epochs: 1, batch_size: 16}
)";
  TrainedRun run = finished_run(folder, density);
  EXPECT_THROW(diagnose_run(run, {}), UsageError);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
