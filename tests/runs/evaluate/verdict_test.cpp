// What the end of a training says of the run.
#include "elbow/runs/evaluate/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::TinyRun;

/// Trains and judges. @return kinds, words and advice as run.json has them
Json verdict_of(const std::vector<std::string>& overrides,
                const std::string& text = testing::kTinyConfig) {
  const TemporaryFolder folder;
  TinyRun tiny(folder.path(), overrides, text);
  const auto config = load_config_text(text, "tiny.yaml", overrides, full_schema());
  const ConfigNode node(config.value);
  const at::Device cpu(at::kCPU);
  const Json start = bound_on_some(tiny.experiment(), /*seed=*/7, cpu);
  tiny.trainer().fit();
  return verdict_json(judge(node, tiny.experiment(), start, /*seed=*/7, cpu));
}

TEST(Verdict, AnOverfullLearningRateIsNoSuccess) {
  const Json found = verdict_of({"optimizer.learning_rate=10", "trainer.epochs=20"});
  EXPECT_EQ(found.at("kind"), "bound_fell") << found;
  const Json& first = found.at("findings").at(0);
  EXPECT_THAT(first.at("words").get<std::string>(), HasSubstr("below the"));
  EXPECT_THAT(first.at("try").get<std::string>(),
              HasSubstr("lower optimizer.learning_rate, which is 10"));
}

constexpr char kGrey[] = R"(
name: grey
seed: 7
device: cpu
threads: 1
data: {type: synthetic_images, height: 6, width: 6, count: 300, validation_size: 20, test_size: 30}
model:
  latent_size: 5
  likelihood: {type: normal, network: {type: mlp, hidden_sizes: [16]}}
guide:
  posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [16]}}
optimizer: {type: adam, learning_rate: 0.005}
trainer: {epochs: 60, batch_size: 20}
)";

// Noise of variance 4 on 36 pixels in [0, 1], whose variances are below 1/4: a latent would have to
// explain more than 4 of at most 9.
TEST(Verdict, ACollapseByAFixedScaleNamesTheScale) {
  const Json found = verdict_of({"model.likelihood.scale_value=2"}, kGrey);
  EXPECT_EQ(found.at("kind"), "collapsed") << found;
  const Json& first = found.at("findings").at(0);
  EXPECT_THAT(first.at("words").get<std::string>(), HasSubstr("0 of 5 latent units"));
  EXPECT_THAT(
      first.at("try").get<std::string>(),
      ::testing::AllOf(HasSubstr("model.likelihood.scale=shared"), HasSubstr("fixed at 2")));
}

TEST(Verdict, ALearnedScaleFindsTheLatents) {
  EXPECT_EQ(verdict_of({"model.likelihood.scale=shared"}, kGrey).at("kind"), "sound");
}

TEST(Verdict, AScaleAtItsLimitIsSaid) {
  const Json found =
      verdict_of({"model.likelihood.scale=shared", "model.likelihood.min_log_scale=-0.5"}, kGrey);
  std::vector<std::string> kinds;
  for (const Json& one : found.at("findings")) kinds.push_back(one.at("kind"));
  EXPECT_THAT(kinds, ::testing::Contains("scale_at_limit")) << found;
}

// 1e-9 a step cannot move a weight by more than 1e-9 (Adam), so the ELBO stays where it was. Old
// code called such a run collapsed, and told to train longer or to warm up the KL.
TEST(Verdict, ARateOfNextToNothingLearnsNothing) {
  const Json found = verdict_of({"optimizer.learning_rate=1e-9", "trainer.epochs=5"});
  EXPECT_EQ(found.at("kind"), "nothing_learned") << found;
  ASSERT_EQ(found.at("findings").size(), 1u);
  EXPECT_THAT(found.at("findings").at(0).at("try").get<std::string>(),
              HasSubstr("raise optimizer.learning_rate, which is 1e-09"));
}

/// A table whose second column lies at 5000, with a standard deviation of 20 / sqrt(12).
std::string far_table(const TemporaryFolder& folder) {
  std::string rows = "near,far\n";
  for (int i = 0; i < 200; ++i)
    rows += std::to_string(0.01 * (i % 17)) + "," + std::to_string(4990 + i % 21) + "\n";
  io::write_file(folder.path() + "/far.csv", rows);
  return "name: far\ndevice: cpu\nthreads: 1\ndata: {type: table, path: '" + folder.path() +
         "/far.csv'}\n"
         "model: {latent_size: 1, likelihood: {type: normal, network: {type: mlp, hidden_sizes: "
         "[8]}}}\n"
         "guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [8]}}}\n"
         "trainer: {epochs: 3, batch_size: 20}\n";
}

TEST(Verdict, ColumnsFarFromZeroAreNamedBeforeOtherAdvice) {
  const TemporaryFolder folder;
  const std::string text = far_table(folder);
  const Json found = verdict_of({}, text);
  EXPECT_NE(found.at("kind"), "sound");
  for (const Json& one : found.at("findings"))
    EXPECT_THAT(one.at("try").get<std::string>(),
                HasSubstr("set data.standardize=true, since column 'far' has mean 5e+03"));
  const Json scaled = verdict_of({"++data.standardize=true", "trainer.epochs=30"}, text);
  for (const Json& one : scaled.at("findings"))
    EXPECT_THAT(one.at("try").get<std::string>(), ::testing::Not(HasSubstr("standardize"))) << one;
}

constexpr char kMixture[] = R"(
name: mixture
dtype: float64
data: {type: synthetic_two_moons, train_size: 200, validation_size: 0, test_size: 10}
model: {type: mixture, num_components: 3, component: {type: normal_full}}
inference: {type: conjugate}
trainer: {epochs: 3}
)";

// Three passes of a mixture from a random start are far from a relative change of 1e-9. Old code
// called every fit in closed form sound.
TEST(Verdict, AClosedFormThatStillMovedHasNotConverged) {
  const Json found = verdict_of({}, kMixture);
  ASSERT_EQ(found.at("kind"), "not_converged") << found;
  EXPECT_THAT(found.at("findings").at(0).at("words").get<std::string>(),
              HasSubstr("inference.tolerance is 1e-09"));
  EXPECT_THAT(found.at("findings").at(0).at("try").get<std::string>(),
              HasSubstr("elbow resume RUN trainer.epochs=6"));
  EXPECT_EQ(verdict_of({"trainer.epochs=1"}, kMixture).at("kind"), "not_converged");
}

TEST(Verdict, AClosedFormThatSettledIsSound) {
  EXPECT_EQ(verdict_of({"trainer.epochs=5000"}, kMixture).at("kind"), "sound");
  // Who switches the tolerance off decides alone how many passes there are.
  EXPECT_EQ(verdict_of({"inference.tolerance=0"}, kMixture).at("kind"), "sound");
  EXPECT_EQ(verdict_of(
                {"inference={type: conjugate, batch_size: 50, rho: {type: robbins_monro, delay: 1, "
                 "kappa: 0.7}}"},
                kMixture)
                .at("kind"),
            "sound");
}

// The same examples and draws before and after: no training, no fall.
TEST(Verdict, TheBoundOfTheSameWeightsIsTheSameNumber) {
  const TemporaryFolder folder;
  TinyRun tiny(folder.path(), {"dtype=float64"});
  const at::Device cpu(at::kCPU);
  EXPECT_EQ(bound_on_some(tiny.experiment(), 7, cpu), bound_on_some(tiny.experiment(), 7, cpu));
  EXPECT_EQ(verdict_json({}), (Json{{"kind", "sound"}, {"findings", Json::array()}}));
}

/// A classical model on 60 rows about `middle`, of standard deviation about 1.
Json verdict_at(double middle, const std::string& model, const std::string& keys = "") {
  const TemporaryFolder folder;
  std::string rows = "a,b\n";
  for (int i = 0; i < 60; ++i)
    rows += std::to_string(0.1 * (i % 11)) + "," +
            std::to_string(middle + std::sin(1.7 * i) + 0.3 * (i % 11)) + "\n";
  io::write_file(folder.path() + "/t.csv", rows);
  return verdict_of({},
                    "name: r\ndevice: cpu\nthreads: 1\ndtype: float64\ndata: {type: table, path: " +
                        folder.path() + "/t.csv" + keys + "}\nmodel: {" + model +
                        "}\ntrainer: {epochs: 5}\n");
}

// A prior N(0, 32^2) of the mean, and a column at 1e4: 316 of its standard deviations. It was
// sound.
TEST(Verdict, APriorThatWorksAgainstTheDataIsSaid) {
  const std::string conjugate = "}\ninference: {type: conjugate";
  const std::string factors = "type: factor_analysis, num_factors: 1" + conjugate,
                    classes = "type: mixture, num_components: 2" + conjugate,
                    points = classes + ", point_mass: [all], flat_priors: true";
  for (const double middle : {1e4, 1e6, 1e9}) {
    const Json found = verdict_at(middle, factors);
    ASSERT_EQ(found.at("kind"), "prior_conflict") << middle;
    const Json& first = found.at("findings").at(0);
    EXPECT_THAT(first.at("words").get<std::string>(), HasSubstr("the mean of 'b'"));
    EXPECT_THAT(
        first.at("try").get<std::string>(),
        ::testing::AllOf(HasSubstr("data.standardize=true"), HasSubstr("model.mean_precision")));
    EXPECT_EQ(verdict_at(middle, classes).at("kind"), "prior_conflict") << middle;
  }
  EXPECT_THAT(verdict_at(1e4, factors).at("findings").at(0).at("words").get<std::string>(),
              HasSubstr("316 standard deviations"));
  EXPECT_NE(verdict_at(3, factors).at("kind"), "prior_conflict");
  EXPECT_NE(verdict_at(3, classes).at("kind"), "prior_conflict");
  EXPECT_NE(verdict_at(1e6, factors, ", standardize: true").at("kind"), "prior_conflict");
  EXPECT_NE(verdict_at(1e6, points).at("kind"), "prior_conflict");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
