// What training, evaluation and diagnosis say of relaxed latents: the bound of discrete draws under
// its own name, that of relaxed ones beside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/runs/evaluate/gradient_study.h"
#include "finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::finished_run;
using testing::TemporaryFolder;

/// Two variables of four classes.
constexpr char kClasses[] = R"(
name: classes
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_images, height: 3, width: 3, count: 120, validation_size: 20, test_size: 20, binarize: static}
model:
  latents:
    y: {size: 2, type: categorical, num_classes: 4}
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: [6]}}
guide:
  latents:
    y: {network: {type: mlp, hidden_sizes: []}, relaxation: {type: gumbel_softmax, temperature: 0.7}}
trainer: {epochs: 2, batch_size: 40, log_every_steps: 1}
)";

std::string relaxation(const std::string& type) {
  return "guide.latents.y.relaxation={type: " + type + ", temperature: 0.7}";
}

Json value_of(const EvaluationTerms& terms, const std::string& name) {
  for (const auto& [key, values] : terms)
    if (key == name) return values.mean().item<double>();
  return nullptr;
}

/// Records of a split.
std::vector<Json> records_of(const std::string& folder, const std::string& split) {
  std::vector<Json> out;
  std::ifstream file(folder + "/metrics.jsonl");
  for (std::string line; std::getline(file, line);)
    if (const Json record = Json::parse(line); record.at("split") == split) out.push_back(record);
  return out;
}

EvaluationTerms evaluated(const std::vector<std::string>& overrides) {
  const TemporaryFolder folder;
  testing::TinyRun run(folder.path(), overrides, kClasses);
  Experiment& experiment = run.experiment();
  const Batch batch = experiment.dataset->batch("test", row_range(0, 20), /*epoch=*/0);
  KeyedSource source(1, Purpose::evaluation_noise, batch.indices, {0});
  return experiment.inference->evaluate(batch, source);
}

// The bound of discrete draws is the same number whatever training relaxes.
TEST(RelaxedRuns, ElboIsThatOfDiscreteDraws) {
  const auto plain = evaluated({"~guide.latents.y.relaxation", "estimator={type: enumerate}"});
  EXPECT_TRUE(value_of(plain, "relaxed_elbo").is_null());
  for (const char* type : {"gumbel_softmax", "concrete", "straight_through", "gumbel_rao"}) {
    const auto terms = evaluated({relaxation(type)});
    EXPECT_EQ(value_of(terms, "elbo"), value_of(plain, "elbo")) << type;
    const bool is_hard =
        std::string(type) == "straight_through" || std::string(type) == "gumbel_rao";
    EXPECT_EQ(value_of(terms, "relaxed_elbo") == value_of(terms, "elbo"), is_hard) << type;
  }
}

TEST(RelaxedRuns, RecordsAndEvaluationsHaveBothBounds) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, kClasses);
  const auto training = records_of(folder.path(), "train");
  ASSERT_EQ(training.size(), 6u);
  for (const Json& record : training) {
    EXPECT_NEAR(record.at("elbo").get<double>(),
                record.at("reconstruction").get<double>() - record.at("kl").get<double>(),
                1e-9);
    EXPECT_NE(record.at("elbo"), record.at("relaxed_elbo"));
    EXPECT_EQ(record.at("relaxed_elbo"), record.at("objective"));
    EXPECT_DOUBLE_EQ(record.at("y_temperature"), 0.7);
  }
  EXPECT_TRUE(records_of(folder.path(), "valid").front().contains("relaxed_elbo"));
  EvaluationOptions options;
  options.importance.particles = 400;
  const Json summary = evaluate_run(run, options).summary;
  const double hard = summary.at("elbo").at("value"), soft = summary.at("relaxed_elbo").at("value");
  EXPECT_TRUE(std::isfinite(soft));
  EXPECT_NE(hard, soft);
  // Soft values sit between the corners, where this decoder's bound is another by less than a nat.
  EXPECT_NEAR(hard, soft, 1.0);
}

TEST(RelaxedRuns, HardOnesTrainTheBoundThatTheyReport) {
  const TemporaryFolder folder;
  finished_run(folder, kClasses, {relaxation("straight_through")});
  for (const Json& record : records_of(folder.path(), "train"))
    EXPECT_EQ(record.at("elbo"), record.at("relaxed_elbo"));
}

// A path through relaxed draws is not what others are held against: it has the bias. Of 4^9 values
// nobody takes the sum.
TEST(RelaxedRuns, DiagnosisHoldsRelaxedGradientsAgainstUnbiasedOnes) {
  for (const auto& [variables, reference] :
       {std::pair{"2", "enumerate"}, {"9", "score_function"}}) {
    const TemporaryFolder folder;
    TrainedRun run = finished_run(
        folder, kClasses, {std::string("model.latents.y.size=") + variables, "trainer.epochs=1"});
    GradientStudyOptions options;
    options.estimators = "pathwise, score_function";
    options.num_particles = {1};
    options.draws = options.reference_draws = 40;
    options.batch_size = 8;
    const auto dataset = run.load_data();
    GradientStudy study(run, *dataset, options);
    const Json found = study.draw();
    ASSERT_EQ(found.at("entries").size(), 2u) << found.dump();
    for (const Json& entry : found.at("entries"))
      EXPECT_EQ(entry.at("reference").at("estimator"), reference) << entry.dump();
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
