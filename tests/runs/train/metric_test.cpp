// An inference whose fit is judged by another number than an ELBO, and where lower is better.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/observe/metrics.h"
#include "elbow/foundations/observe/report.h"
#include "runs/train/trainer_fixture.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using ::testing::Not;

/// Walks along x by 1/4 a step, over the valley of the energy (x - 2)^2 + 1: the eighth step is the
/// best.
class Walker : public Inference {
 public:
  std::vector<Metric> metrics() const override { return {{"energy", "energy", "joules", false}}; }
  StepReport step(const MicroBatches&, const Clock&) override {
    x_ += 0.25;
    StepReport report;
    report.means = {{"energy", energy()}};
    report.found_non_finite = at::zeros({});
    return report;
  }
  EvaluationTerms evaluate(const Batch& batch, RandomSource&) override {
    return {{"energy", energy().expand({batch.x.size(0)})}};
  }
  std::vector<std::pair<std::string, double>> schedule_values(const Clock&) override { return {}; }
  InferenceState state() const override {
    InferenceState out;
    out.model = {{"x", at::full({}, x_, at::kDouble)}};
    return out;
  }
  void load(const InferenceState& state, const std::string&) override {
    x_ = state.model.at(0).second.item<double>();
  }
  void set_retry(std::int64_t, double) override {}
  Json explain_non_finite(const MicroBatches&, const Clock&) override { return Json::object(); }
  std::int64_t num_parameters() const override { return 1; }

 private:
  Tensor energy() const { return at::full({}, (x_ - 2) * (x_ - 2) + 1, at::kDouble); }
  double x_ = 0;
};

class OtherMetric : public testing::TrainerFixture {
 protected:
  /// One step an epoch. @return epochs that were trained
  std::int64_t train(const std::string& run, const std::string& more, bool resumes = false) {
    const ResolvedConfig config =
        load_config_text(testing::kTinyConfig,
                         "tiny.yaml",
                         {"trainer.batch_size=100", "trainer.epochs=20", more},
                         full_schema());
    const ConfigNode node(config.value);
    Experiment experiment = build_experiment(node, /*use_stand_in=*/false, at::Device(at::kCPU));
    io::make_directories(at(run));
    RunRecorder::Options options;
    options.show_progress = false;
    options.is_quiet = true;
    Walker walker;
    RunRecorder recorder(RunDirectory(at(run)), options, /*metrics_bytes=*/-1, /*first_step=*/1);
    Trainer trainer(
        TrainerOptions::from(node), walker, *experiment.dataset, recorder, Trainer::Hooks{});
    if (resumes) trainer.restore(io::CheckpointStore(at(run) + "/checkpoints").load("latest"));
    trainer.fit();
    return trainer.state().epoch - 1;
  }
  Json run_json(const std::string& run) const { return io::read_json(at(run) + "/run.json"); }
};

TEST_F(OtherMetric, StopsEarlyWhereItIsLowestAndKeepsThat) {
  EXPECT_EQ(train("r", "+trainer.early_stopping={patience: 3}"), 11);
  const Json run = run_json("r");
  EXPECT_EQ(run.at("best").at("metric"), "valid/energy");
  EXPECT_EQ(run.at("best").at("value"), 1.0);
  EXPECT_EQ(run.at("best").at("step"), 8);
  EXPECT_EQ(run.at("last").at("energy"), 1 + 0.75 * 0.75);
  EXPECT_EQ(io::CheckpointStore(at("r") + "/checkpoints").best().value_or(""), "step-00000008");
}

TEST_F(OtherMetric, ResumesAsIfNothingHadHappened) {
  train("whole", "+trainer.early_stopping={patience: 3}");
  EXPECT_EQ(train("parts", "trainer.epochs=9"), 9);
  EXPECT_EQ(train("parts", "+trainer.early_stopping={patience: 3}", /*resumes=*/true), 11);
  EXPECT_EQ(run_json("parts").at("best"), run_json("whole").at("best"));
  EXPECT_EQ(testing::weights_of(at("parts")), testing::weights_of(at("whole")));
}

// The best ELBO would have stood above every reconstruction, or below.
TEST_F(OtherMetric, ABestValueOfAnotherMetricIsForgotten) {
  TrainerState state;
  state.judge_by("elbo");
  state.best = -240.0;
  state.best_step = 5;
  state.evaluations_without_gain = 2;
  TrainerState again = TrainerState::from_json(state.to_json(), "state.json");
  again.judge_by("elbo");
  EXPECT_EQ(again.best, state.best);
  EXPECT_EQ(again.evaluations_without_gain, 2);
  again.judge_by("reconstruction");
  EXPECT_FALSE(again.best.has_value());
  EXPECT_EQ(again.evaluations_without_gain, 0);
  Json old = state.to_json();
  old.erase("best_metric");
  again = TrainerState::from_json(old, "state.json");
  again.judge_by("elbo");
  EXPECT_EQ(again.best, state.best);
}

TEST_F(OtherMetric, IsWhatPeopleRead) {
  train("r", "trainer.epochs=2");
  const auto listed = list_runs(folder_.path());
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].metric, "energy (joules)");
  EXPECT_EQ(listed[0].last, 3.25);
  io::write_file(at("r") + "/config.yaml", "name: walker\n");
  const std::string report = render_report(at("r"));
  EXPECT_THAT(report, HasSubstr("joules, lower is better"));
  EXPECT_THAT(report, HasSubstr("last energy, valid (joules)"));
  EXPECT_THAT(report, Not(HasSubstr("ELBO")));
}

TEST_F(OtherMetric, AnotherNameIsRefusedWithThoseThatThereAre) {
  try {
    train("r", "+trainer.early_stopping={patience: 3, metric: elbo}");
    FAIL() << "not refused";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no 'elbo', but energy"));
  }
}

/// Kept as the K-sample bound of the same draws, which is at least the ELBO's.
TEST_F(OtherMetric, TheObjectiveOfKDraws) {
  testing::TinyRun tiny(at("r"),
                        {"objective={type: iwae, num_particles: 20}",
                         "+trainer.early_stopping={patience: 5, metric: objective}"});
  tiny.trainer().fit();
  const auto records = read_metrics(at("r") + "/metrics.jsonl");
  ASSERT_FALSE(records.empty());
  int found = 0;
  double best = -INFINITY;
  for (const Json& record : records)
    if (record.at("split") == "valid") {
      ++found;
      EXPECT_GT(record.at("objective").get<double>(), record.at("elbo").get<double>());
      best = std::max(best, record.at("objective").get<double>());
    }
  EXPECT_EQ(found, 3);
  EXPECT_EQ(run_json("r").at("best").at("metric"), "valid/objective");
  EXPECT_EQ(run_json("r").at("best").at("value").get<double>(), best);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
