// Steps whose bound or gradient is not finite.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <limits>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/json_file.h"
#include "runs/train/trainer_fixture.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TinyRun;
using testing::weights_of;

class NonFiniteStep : public testing::TrainerFixture {};

/// Puts a NaN into a weight of the encoder: every later bound is not finite.
void poison(Experiment& experiment) {
  const at::NoGradGuard no_grad;
  experiment.modules.guide->parameters().front().flatten()[0] =
      std::numeric_limits<float>::quiet_NaN();
}

TEST_F(NonFiniteStep, ANonFiniteBoundRollsBackToTheLastGoodCheckpoint) {
  TinyRun tiny(at("nan"), {});
  {
    signals::request_stop(15);
    EXPECT_THROW(tiny.trainer().fit(), Stopped);  // saves step 0
    signals::request_stop(0);
  }
  poison(tiny.experiment());
  tiny.trainer().fit();
  const Json run = RunDirectory(at("nan")).read_run_json();
  ASSERT_EQ(run.at("nan_events").size(), 4u);
  EXPECT_EQ(run.at("nan_events")[3].at("action"), "rollback");
  EXPECT_EQ(run.at("status"), "completed");
  EXPECT_EQ(weights_of(at("nan")).find("nan"), std::string::npos);
  for (const auto& parameter : tiny.experiment().modules.guide->parameters())
    EXPECT_TRUE(parameter.isfinite().all().item<bool>());
}

TEST_F(NonFiniteStep, TheWeightsAreNeverTouchedAndTheReportNamesThePlace) {
  TinyRun tiny(at("stop"), {"trainer.nan_policy=stop"});
  signals::request_stop(15);
  EXPECT_THROW(tiny.trainer().fit(), Stopped);
  signals::request_stop(0);
  poison(tiny.experiment());
  const auto before = tiny.experiment().inference->state().model;
  EXPECT_THROW(tiny.trainer().fit(), NumericalError);
  const auto after = tiny.experiment().inference->state().model;
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(before[i].second.equal(after[i].second) ||
                before[i].second.isnan().any().item<bool>())
        << before[i].first;
  const Json report = io::read_json(at("stop") + "/nan_report.json");
  EXPECT_EQ(report.at("step"), 1);
  EXPECT_EQ(report.at("batch_indices").size(), 16u);
  EXPECT_NE(report.at("non_finite").at("first").get<std::string>().find("guide."),
            std::string::npos);
}

/// Another inference, of which one step is called not finite. Keeps what it is asked.
class FailsAt : public Inference {
 public:
  FailsAt(Inference& inner, std::int64_t step) : inner_(inner), step_(step) {}
  StepReport step(const MicroBatches& micro_batches, const Clock& clock) override {
    StepReport report = inner_.step(micro_batches, clock);
    if (clock.step != step_) return report;
    stepped = rows_of(micro_batches);
    report.found_non_finite = at::ones({});
    return report;
  }
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override {
    explained = rows_of(micro_batches);
    explained_step = clock.step;
    return {{"first", "bound"}};
  }
  std::vector<Metric> metrics() const override { return inner_.metrics(); }
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override {
    return inner_.evaluate(batch, source);
  }
  std::vector<std::pair<std::string, double>> schedule_values(const Clock& clock) override {
    return inner_.schedule_values(clock);
  }
  InferenceState state() const override { return inner_.state(); }
  void load(const InferenceState& state, const std::string& source) override {
    inner_.load(state, source);
  }
  void set_retry(std::int64_t seed_offset, double rate_factor) override {
    inner_.set_retry(seed_offset, rate_factor);
  }
  std::int64_t num_parameters() const override { return inner_.num_parameters(); }

  std::vector<std::vector<std::int64_t>> stepped, explained;
  std::int64_t explained_step = -1;

 private:
  static std::vector<std::vector<std::int64_t>> rows_of(const MicroBatches& micro_batches) {
    std::vector<std::vector<std::int64_t>> out;
    for (std::size_t i = 0; i < micro_batches.size(); ++i) out.push_back(micro_batches[i].indices);
    return out;
  }
  Inference& inner_;
  std::int64_t step_;
};

// Noise is keyed by step and micro-batch: as one micro-batch, or at another step, the report would
// be about other noise.
TEST_F(NonFiniteStep, AReportIsAboutTheStepInItsOwnMicroBatches) {
  const std::vector<std::string> overrides{"trainer.nan_policy=stop", "trainer.accumulate=3"};
  TinyRun tiny(at("fails"), overrides);
  FailsAt inference(*tiny.experiment().inference, /*step=*/8);  // the second of epoch 2
  TrainerOptions options = TrainerOptions::from(ConfigNode(
      load_config_text(testing::kTinyConfig, "tiny.yaml", overrides, full_schema()).value));
  Trainer trainer(options, inference, *tiny.experiment().dataset, tiny.recorder(), {});
  EXPECT_THROW(trainer.fit(), NumericalError);
  ASSERT_EQ(inference.stepped.size(), 3u);
  EXPECT_EQ(inference.explained, inference.stepped);
  EXPECT_EQ(inference.explained_step, 8);
  EXPECT_EQ(io::read_json(at("fails") + "/nan_report.json").at("step"), 9);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
