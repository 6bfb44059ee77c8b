// Errors that the draws or examples cannot tell are not numbers, and those that they can tell are
// stated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/runs/evaluate/posterior_study.h"
#include "runs/evaluate/finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::finished_run;
using testing::TemporaryFolder;
using testing::TinyRun;

Json summary_of(TrainedRun& run, std::int64_t limit, std::int64_t particles) {
  EvaluationOptions options;
  options.limit = limit;
  options.importance.particles = particles;
  return evaluate_run(run, options).summary;
}

constexpr char kDensity[] = R"(
name: density
device: cpu
threads: 1
data: {type: synthetic_two_moons, train_size: 64, validation_size: 8, test_size: 8}
model: {type: density, density: {type: diag_normal}}
trainer: {epochs: 1, batch_size: 16}
)";

bool is_undefined(const Json& found, const char* quantity, const char* key) {
  return std::isnan(found.at(quantity).at(key).get<double>());
}

TEST(UndefinedErrors, OfOneDrawAndOfOneExample) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig);
  const Json one_draw = summary_of(run, 0, 1);
  for (const char* quantity : {"elbo", "nll"}) {
    EXPECT_TRUE(is_undefined(one_draw, quantity, "monte_carlo_error")) << quantity;
    EXPECT_GT(one_draw.at(quantity).at("standard_error").get<double>(), 0) << quantity;
  }
  EXPECT_TRUE(is_undefined(one_draw, "nll_bias", "value"));
  const Json one_example = summary_of(run, 1, 50);
  for (const char* quantity : {"elbo", "reconstruction", "kl", "nll"})
    EXPECT_TRUE(is_undefined(one_example, quantity, "standard_error")) << quantity;
  EXPECT_GT(one_example.at("nll").at("monte_carlo_error").get<double>(), 0);
  EXPECT_TRUE(one_example.at("active_units").is_null());
  // JSON has no NaN: the file says null.
  EXPECT_TRUE(Json::parse(one_draw.dump()).at("nll").at("monte_carlo_error").is_null());
  const Json many = summary_of(run, 0, 50);
  EXPECT_GT(many.at("nll_bias").at("value").get<double>(), 0);
  EXPECT_LT(many.at("nll_bias").at("value").get<double>(), 1);
}

TEST(UndefinedErrors, SupervisedModelsStateTheirs) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kSharedWeights);
  const Json found = summary_of(run, 0, 50);
  for (const char* quantity : {"elbo", "reconstruction", "nll", "rmse"})
    EXPECT_GT(found.at(quantity).at("standard_error").get<double>(), 0) << quantity;
  for (const char* quantity : {"elbo", "nll"})
    EXPECT_GT(found.at(quantity).at("monte_carlo_error").get<double>(), 0) << quantity;
  EXPECT_GT(found.at("nll_bias").at("value").get<double>(), 0);
  const Json one_draw = summary_of(run, 0, 1);
  for (const char* quantity : {"elbo", "nll"})
    EXPECT_TRUE(is_undefined(one_draw, quantity, "monte_carlo_error")) << quantity;
}

TEST(UndefinedErrors, ADensityHasNoDrawsToSpeakOf) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, kDensity);
  const Json found = summary_of(run, 0, 100);
  EXPECT_FALSE(found.contains("nll_bias"));
  // There is no latent that could have a KL: it was 0.0000 +- 0.0000.
  EXPECT_FALSE(found.contains("kl"));
  for (const char* key : {"monte_carlo_error", "particles", "effective_sample_size"})
    EXPECT_FALSE(found.at("nll").contains(key)) << key;
}

// The records of training had a KL of 0, and a curve of it.
TEST(UndefinedErrors, ADensityIsTrainedWithoutAKl) {
  const TemporaryFolder folder;
  TinyRun tiny(folder.path(), {}, kDensity);
  const Experiment& experiment = tiny.experiment();
  const Json found = evaluate_split(*experiment.inference, *experiment.dataset, "valid", 3);
  EXPECT_TRUE(found.contains("elbo"));
  EXPECT_FALSE(found.contains("kl")) << found;
}

// The information between latents and one example was 0.0000.
TEST(UndefinedErrors, InformationOfOneExample) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig);
  const auto dataset = run.load_data();
  PosteriorStudyOptions options;
  options.importance.particles = 25;
  options.limit = 1;
  EXPECT_FALSE(study_posterior(run, *dataset, options).summary.contains("mutual_information"));
  options.limit = 2;
  EXPECT_TRUE(study_posterior(run, *dataset, options).summary.contains("mutual_information"));
}

// A standard error of a single validation example was 0.00.
TEST(UndefinedErrors, OfOneValidationExample) {
  const TemporaryFolder folder;
  TinyRun tiny(folder.path(), {"data.validation_size=1"});
  const Experiment& experiment = tiny.experiment();
  const Json found = evaluate_split(*experiment.inference, *experiment.dataset, "valid", 3);
  EXPECT_TRUE(std::isnan(found.at("elbo_standard_error").get<double>())) << found;
  EXPECT_TRUE(std::isfinite(found.at("elbo").get<double>()));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
