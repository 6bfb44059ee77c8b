// What `elbow diagnose` says of gradients whose answers are known.
#include "elbow/runs/evaluate/gradient_study.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/runs/evaluate/diagnosis.h"
#include "runs/evaluate/finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::finished_run;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

constexpr char kTarget[] = R"(
name: target
dtype: float64
device: cpu
threads: 1
data: {type: none, train_size: 64, validation_size: 8, test_size: 8}
model: {type: target, target: {type: gaussian, correlation: 0.9}}
guide: {posterior: {type: diag_normal}}
objective: {type: iwae, num_particles: 5}
optimizer: {type: adam, learning_rate: 0.05}
trainer: {epochs: 2, batch_size: 8}
)";

const Json& entry(const Json& study, const std::string& estimator, std::int64_t particles) {
  for (const Json& one : study.at("entries"))
    if (one.at("estimator") == estimator && one.at("particles") == particles) return one;
  throw std::runtime_error("no entry of " + estimator + " at K = " + std::to_string(particles));
}

const Json& group(const Json& one, const std::string& name) {
  for (const Json& found : one.at("groups"))
    if (found.at("group") == name) return found;
  throw std::runtime_error("no group " + name);
}

const Json& guide(const Json& study, const std::string& estimator, std::int64_t particles) {
  return group(entry(study, estimator, particles), "guide");
}

double number(const Json& found, const char* key) { return found.at(key).at("value"); }

// The ELBO of a normal target has a gradient in closed form: of ln Z - KL(q || p).
TEST(GradientStudy, FindsTheExactGradientOfAKnownBound) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, kTarget, {"objective={type: elbo}"});
  const auto posterior = only_distribution(
      *run.modules.guide, {at::zeros({1}, at::kDouble)}, run.modules.model->sites());
  const auto q = posterior->parameters();
  // KL of a diagonal normal from N(0, S), S = [[1, c], [c, 1]].
  const double c = 0.9, determinant = 1 - c * c;
  Tensor mean, scale;
  for (const auto& [name, value] : q) {
    if (name == "loc") mean = value.reshape({2});
    if (name == "log_scale") scale = value.reshape({2}).exp();
  }
  ASSERT_TRUE(mean.defined() && scale.defined());
  const Tensor quadratic =
      (mean.square().sum() - 2 * c * mean[0] * mean[1] + scale.square().sum()) / determinant;
  const Tensor kl = 0.5 * quadratic - scale.log().sum();
  kl.backward();
  double square = 0;
  for (const auto& parameter : run.modules.guide->parameters())
    square += parameter.grad().square().sum().item<double>();

  GradientStudyOptions options;
  options.estimators = "pathwise, sticking_the_landing, {type: score_function}";
  options.num_particles = {1};
  options.draws = 1000;
  const auto dataset = run.load_data();
  const Json study = GradientStudy(run, *dataset, options).draw();
  for (const char* estimator : {"pathwise", "sticking_the_landing", "score_function"}) {
    const Json& found = guide(study, estimator, 1);
    // 5 standard errors: a false alarm in one of 600,000 runs for each, and the seed is fixed.
    EXPECT_NEAR(number(found, "norm"),
                std::sqrt(square),
                5 * found.at("norm").at("standard_error").get<double>())
        << estimator;
    EXPECT_LT(found.at("norm").at("standard_error").get<double>(), 0.2 * std::sqrt(square));
    EXPECT_FALSE(found.at("bias").at("is_found").get<bool>()) << estimator;
  }
  EXPECT_GT(guide(study, "score_function", 1).at("variance").get<double>(),
            guide(study, "pathwise", 1).at("variance").get<double>());
}

// Tucker et al., 2018: dropping the score term of iwae leaves a bias; the doubly reparameterised
// gradient has none, and less noise than the pathwise one.
TEST(GradientStudy, TellsBiasFromNoise) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, kTarget);
  GradientStudyOptions options;
  options.num_particles = {5, 20};
  options.draws = 400;
  const auto dataset = run.load_data();
  const Json study = GradientStudy(run, *dataset, options).draw();
  for (const int k : {5, 20}) {
    EXPECT_EQ(entry(study, "pathwise", k).at("reference").at("estimator"),
              "doubly_reparameterised");
    EXPECT_FALSE(guide(study, "pathwise", k).at("bias").at("is_found").get<bool>()) << k;
    EXPECT_FALSE(guide(study, "doubly_reparameterised", k).at("bias").at("is_found").get<bool>());
    EXPECT_TRUE(guide(study, "sticking_the_landing", k).at("bias").at("is_found").get<bool>()) << k;
    EXPECT_LT(guide(study, "doubly_reparameterised", k).at("variance").get<double>(),
              0.5 * guide(study, "pathwise", k).at("variance").get<double>());
    // All that fit: the score function with and without the others as its baseline, and VIMCO.
    EXPECT_NO_THROW(guide(study, "score_function (baseline leave_one_out)", k));
    EXPECT_NO_THROW(guide(study, "vimco", k));
  }
  EXPECT_GT(guide(study, "doubly_reparameterised", 20).at("snr").at("value").get<double>(),
            guide(study, "pathwise", 20).at("snr").at("value").get<double>());
}

TEST(GradientStudy, IsAFunctionOfTheSeed) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig);
  GradientStudyOptions options;
  options.draws = 20;
  const auto dataset = run.load_data();
  const auto timeless = [&] {
    Json study = GradientStudy(run, *dataset, options).draw();
    for (Json& one : study.at("entries")) one.erase("seconds_per_draw");
    return study.dump();
  };
  const std::string first = timeless();
  EXPECT_EQ(timeless(), first);
  run.seed = 8;
  EXPECT_NE(timeless(), first);
}

TEST(GradientStudy, NamesModelGuideAndLayers) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig);
  const auto groups = parameter_groups(named_parameters(*run.modules.model, *run.modules.guide));
  ASSERT_GT(groups.size(), 4u);
  EXPECT_EQ(groups[0].name, "model");
  EXPECT_EQ(groups[1].name, "guide");
  EXPECT_EQ(groups[1].first, groups[0].count);
  std::int64_t layers = 0;
  for (std::size_t i = 2; i < groups.size(); ++i) layers += groups[i].count;
  EXPECT_EQ(layers, groups[0].count + groups[1].count);
}

// A module's own parameters are no second "model".
TEST(GradientStudy, OwnParametersHaveAGroupOfTheirOwn) {
  const Tensor two = at::zeros({2});
  const auto groups =
      parameter_groups({{"model.weight", two}, {"model.net.a", two}, {"guide.loc", two}});
  std::vector<std::string> names;
  for (const auto& group : groups) names.push_back(group.name);
  EXPECT_THAT(names,
              ::testing::ElementsAre("model", "guide", "model (own)", "model.net", "guide (own)"));
  EXPECT_EQ(groups[0].count, 4);
}

// 2^13 values are more than `enumerate` takes: it is left out, and is no reference.
TEST(GradientStudy, LeavesOutWhatFailsWhenTried) {
  const TemporaryFolder folder;
  TrainedRun run =
      finished_run(folder,
                   testing::kTinyConfig,
                   {"model.latent_size=13",
                    "model.prior={type: bernoulli}",
                    "guide.posterior={type: bernoulli, network: {type: mlp, hidden_sizes: [8]}}",
                    "estimator={type: disarm}"});
  GradientStudyOptions options;
  options.num_particles = {1};
  options.draws = 20;
  const auto dataset = run.load_data();
  const Json study = GradientStudy(run, *dataset, options).draw();
  EXPECT_EQ(entry(study, "disarm", 1).at("reference").at("estimator"), "disarm");
  EXPECT_THAT(study.at("left_out").dump(), HasSubstr("max_values"));
}

// A guide over weights: the exact KL's gradient must be there, whatever the reference.
TEST(GradientStudy, WorksForWeightsThatExamplesShare) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kSharedWeights);
  DiagnosisOptions options;
  options.gradients.draws = 200;
  const Json found = diagnose_run(run, options).summary;
  EXPECT_FALSE(found.contains("posterior"));
  EXPECT_THAT(found.at("left_out").at("posterior").get<std::string>(), HasSubstr("share"));
  const Json& study = found.at("gradients");
  EXPECT_FALSE(guide(study, "pathwise", 1).at("bias").at("is_found").get<bool>());
  EXPECT_GT(number(guide(study, "pathwise", 1), "norm"), 0);
  EXPECT_THAT(study.at("left_out").dump(), HasSubstr("share latents"));
}

TEST(GradientStudy, RefusesPairsInTheRulesWords) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig);
  const auto dataset = run.load_data();
  const auto message = [&](const GradientStudyOptions& options) -> std::string {
    try {
      GradientStudy(run, *dataset, options).draw();
    } catch (const ConfigError& error) {
      return error.diagnostics().front().message;
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  GradientStudyOptions options;
  options.draws = 20;
  options.estimators = "arm";
  EXPECT_THAT(message(options), HasSubstr("'arm' is for binary latents"));
  options.estimators = "pathwize";
  EXPECT_THAT(message(options), HasSubstr("pathwize"));
  options.estimators = "{type: score_function, baseline: learned}";
  EXPECT_THAT(message(options), HasSubstr("learns its baseline in training"));
  options.estimators = "pathwise";
  options.overrides = {"model.latent_size=2"};
  EXPECT_THAT(message(options), HasSubstr("only objective.* and estimator.*"));
  options.overrides = {};
  options.estimators = "[]";
  EXPECT_THAT(message(options), HasSubstr("--estimators"));
}

TEST(GradientStudy, ABoundOfSelfNormalisedWeightsIsHeldAgainstMoreParticles) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig);
  GradientStudyOptions options;
  options.draws = 20;
  options.overrides = {"objective={type: reweighted_wake_sleep, num_particles: 4}",
                       "estimator={type: score_function}"};
  options.num_particles = {2, 4};
  const auto dataset = run.load_data();
  const Json study = GradientStudy(run, *dataset, options).draw();
  EXPECT_EQ(entry(study, "score_function", 2).at("reference").at("particles"), 32);
  EXPECT_EQ(entry(study, "score_function", 4).at("reference").at("particles"), 32);
}

TEST(SplitList, TakesNamesAndComponents) {
  using ::testing::ElementsAre;
  EXPECT_THAT(split_list("a, b"), ElementsAre("a", "b"));
  EXPECT_THAT(split_list("[a, {type: b, c: [1, 2]} ]"), ElementsAre("a", "{type: b, c: [1, 2]}"));
  EXPECT_THAT(split_list(" ,a,, "), ElementsAre("a"));
  EXPECT_THAT(split_list("{type: a, b"), ElementsAre("{type: a, b"));
  EXPECT_THAT(split_list(""), ElementsAre());
}
// Each of 16 x 8 units flips with probability 6e-6: never in 100 draws, whose gradients agree to
// the last digit and lack what a flip does.
TEST(GradientStudy, UnitsThatNeverFlippedProveNoBias) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig, testing::eight_bits());
  testing::say_nothing(run, 12.0);
  GradientStudyOptions options;
  options.estimators = "score_function";
  options.num_particles = {};
  options.draws = 100;
  const auto dataset = run.load_data();
  const Json study = GradientStudy(run, *dataset, options).draw();
  const Json& found = entry(study, "score_function", 1);
  EXPECT_EQ(found.at("reference").at("estimator"), "enumerate");
  EXPECT_NEAR(found.at("few_flips").get<double>(), 100 * 16 * 8 * 6.144e-6, 5e-3);
  EXPECT_FALSE(group(found, "guide").at("bias").at("is_found").get<bool>());
  EXPECT_FALSE(group(found, "guide").at("bias").contains("relative"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
