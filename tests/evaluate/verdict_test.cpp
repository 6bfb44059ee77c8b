// What the end of a training says of the run.
#include "elbow/evaluate/verdict.h"

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
  EXPECT_EQ(verdict_at(3, factors).at("kind"), "sound");
  EXPECT_EQ(verdict_at(3, classes).at("kind"), "sound");
  EXPECT_EQ(verdict_at(1e6, factors, ", standardize: true").at("kind"), "sound");
  EXPECT_EQ(verdict_at(1e6, points).at("kind"), "sound");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
