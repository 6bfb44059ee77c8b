// What can be done with a run is asked of the run; where it cannot be done a verb says so in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/inference_factory.h"
#include "elbow/runs/evaluate/diagnosis.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/export/export_run.h"
#include "runs/evaluate/finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

/// What each verb asks a run for first.
const std::map<std::string, std::function<void(const TrainedRun&)>>& verbs() {
  static const std::map<std::string, std::function<void(const TrainedRun&)>> all{
      {"eval", [](const TrainedRun& run) { evaluator_of(run); }},
      {"sample", [](const TrainedRun& run) { sampler_of(run); }},
      {"encode", [](const TrainedRun& run) { encoder_of(run); }},
      {"reconstruct", [](const TrainedRun& run) { reconstructor_of(run); }},
      {"traverse", [](const TrainedRun& run) { traverser_of(run); }},
      {"predict", [](const TrainedRun& run) { predictor_of(run); }},
      {"impute", [](const TrainedRun& run) { imputer_of(run); }},
      {"diagnose", [](const TrainedRun& run) { diagnosable_of(run); }},
      {"export", [](const TrainedRun& run) { exportable_of(run); }}};
  return all;
}

/// Why an action cannot be done, with the advice; "" when it can.
std::string refusal_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UsageError& error) {
    EXPECT_FALSE(error.help().empty()) << error.what();
    return std::string(error.what()) + " | " + error.help();
  }
  return "";
}

std::set<std::string> working_verbs(const TrainedRun& run) {
  std::set<std::string> out;
  for (const auto& [verb, ask] : verbs())
    if (refusal_of([&ask = ask, &run] { ask(run); }).empty()) out.insert(verb);
  return out;
}

// So that an inference that is added to one table and not to the other is found here.
TEST(Capabilities, EveryInferenceHasFits) {
  EXPECT_THAT(fitted_inferences(),
              ::testing::UnorderedElementsAreArray(inference_factory().names()));
}

/// A fit that can do nothing at all.
class IdleFit : public FittedModel {};

TEST(Capabilities, ARunThatCanDoNothingIsRefusedInWordsByEveryVerb) {
  const TemporaryFolder folder;
  TrainedRun run = testing::finished_run(folder, testing::kTinyConfig);
  run.fitted = std::make_shared<IdleFit>();
  for (const auto& [verb, ask] : verbs())
    EXPECT_THAT(refusal_of([&ask = ask, &run] { ask(run); }), HasSubstr("elbow ")) << verb;
  EXPECT_THAT(refusal_of([&] { evaluate_run(run, {}); }), HasSubstr("no density to evaluate"));
  EXPECT_THAT(refusal_of([&] { diagnose_run(run, {}); }), HasSubstr("without gradients"));
  EXPECT_THAT(refusal_of([&] { export_run(run, folder.path() + "/export"); }),
              HasSubstr("a model of type 'latent' has no encoder and no decoder"));
  EXPECT_EQ(without_posteriors(run), "");
}

TEST(Capabilities, OfALatentModel) {
  const TemporaryFolder folder;
  const TrainedRun run = testing::finished_run(folder, testing::kTinyConfig);
  EXPECT_EQ(working_verbs(run),
            (std::set<std::string>{
                "diagnose", "encode", "eval", "export", "reconstruct", "sample", "traverse"}));
  EXPECT_THAT(refusal_of([&run] { imputer_of(run); }),
              HasSubstr("its training data had no gaps, so that it never learned what one is"));
}

TEST(Capabilities, OfAResponse) {
  const TemporaryFolder folder;
  const TrainedRun run = testing::finished_run(folder, testing::kSharedWeights);
  EXPECT_EQ(working_verbs(run), (std::set<std::string>{"diagnose", "eval", "predict"}));
  EXPECT_THAT(refusal_of([&run] { exportable_of(run); }),
              HasSubstr("'network_regression' has no encoder and no decoder | elbow predict"));
}

TEST(Capabilities, OfADensity) {
  const TemporaryFolder folder;
  const TrainedRun run = testing::finished_run(folder, R"(
name: density
device: cpu
threads: 1
data: {type: synthetic_two_moons, train_size: 40, validation_size: 0}
model: {type: density, density: {type: flow, flows: [{type: maf}]}}
trainer: {epochs: 1, batch_size: 20}
)");
  EXPECT_EQ(working_verbs(run), (std::set<std::string>{"eval", "sample"}));
  EXPECT_THAT(refusal_of([&run] { diagnosable_of(run); }), HasSubstr("exact likelihood"));
}

TEST(Capabilities, OfATarget) {
  const TemporaryFolder folder;
  const TrainedRun run = testing::finished_run(folder, R"(
name: target
device: cpu
threads: 1
data: {type: none, train_size: 16, validation_size: 0}
model: {type: target, target: {type: gaussian}}
trainer: {epochs: 1, batch_size: 8}
)");
  EXPECT_EQ(working_verbs(run), (std::set<std::string>{"diagnose", "eval", "sample"}));
}

TEST(Capabilities, OfClosedForms) {
  const TemporaryFolder folder;
  const TrainedRun run = testing::finished_run(folder, R"(
name: mixture
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_mixture, means: [-5, 0, 5, 0], scale: [1.0], train_size: 40}
model: {type: mixture, num_components: 2}
inference: {type: conjugate}
trainer: {epochs: 2}
)");
  EXPECT_EQ(working_verbs(run), (std::set<std::string>{"encode", "eval", "sample"}));
  EXPECT_THAT(refusal_of([&run] { diagnosable_of(run); }),
              HasSubstr("closed form: no gradients and no encoder to diagnose | elbow eval"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
