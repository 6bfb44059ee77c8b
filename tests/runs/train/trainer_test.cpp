#include "elbow/runs/train/trainer.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/metrics.h"
#include "runs/train/trainer_fixture.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TinyRun;
using testing::weights_of;

class TrainerTest : public testing::TrainerFixture {};

std::string uninterrupted(const std::string& run, const std::vector<std::string>& overrides = {}) {
  TinyRun tiny(run, overrides);
  tiny.trainer().fit();
  return weights_of(run);
}

/// Records without what depends on the clock.
std::vector<Json> records_of(const std::string& run) {
  std::vector<Json> records = read_metrics(run + "/metrics.jsonl");
  for (auto& record : records) {
    record.erase("seconds");
    record.erase("examples_per_second");
  }
  return records;
}

TEST_F(TrainerTest, SameSeedSameBytes) {
  EXPECT_EQ(uninterrupted(at("a")), uninterrupted(at("b")));
  EXPECT_NE(uninterrupted(at("c"), {"seed=8"}), weights_of(at("a")));
}

TEST_F(TrainerTest, ResumeFromAnyCheckpointGivesTheSameBytesAndMetrics) {
  const std::vector<std::string> every_step{"+trainer.checkpoint.every_steps=1",
                                            "++trainer.checkpoint.keep=1000"};
  const std::string expected = uninterrupted(at("whole"), every_step);
  const auto records = records_of(at("whole"));
  const auto names = io::CheckpointStore(at("whole") + "/checkpoints").names();
  ASSERT_EQ(names.size(), 22u);  // step 0 and 21 steps: 7 an epoch, the last of an epoch is short
  // Every third: starts, middles and ends of epochs are among them.
  for (std::size_t i = 0; i + 1 < names.size(); i += 3) {
    const std::string copy = at("copy-" + std::to_string(i));
    std::filesystem::create_directories(copy + "/checkpoints");
    std::filesystem::copy(at("whole") + "/checkpoints/" + names[i],
                          copy + "/checkpoints/" + names[i]);
    std::filesystem::copy(at("whole") + "/metrics.jsonl", copy + "/metrics.jsonl");
    const auto checkpoint = io::CheckpointStore(copy + "/checkpoints").load("latest");
    const TrainerState state =
        TrainerState::from_json(Json::parse(checkpoint.files.at("state.json")), "state");
    std::filesystem::resize_file(copy + "/metrics.jsonl",
                                 static_cast<std::uintmax_t>(state.metrics_bytes));
    TinyRun tiny(copy, every_step);
    tiny.trainer().restore(checkpoint);
    tiny.trainer().fit();
    EXPECT_EQ(weights_of(copy), expected) << "resumed from " << names[i];
    EXPECT_EQ(records_of(copy), records) << "resumed from " << names[i];
  }
}

// Batch normalisation wants the batch in one micro-batch, so the micro-batches come with another.
class ResumeWith : public TrainerTest,
                   public ::testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(ResumeWith, NormalisationDropoutAndEmaToo) {
  const std::vector<std::string> overrides{
      std::string("guide.posterior.network={type: mlp, hidden_sizes: [8], dropout: 0.2, "
                  "normalization: ") +
          GetParam().first + "}",
      "+trainer.ema={decay: 0.9}",
      std::string("trainer.accumulate=") + GetParam().second,
      "optimizer={type: rmsprop, learning_rate: {type: cosine, value: 0.01}}",
      "+trainer.checkpoint.every_steps=1",
      "++trainer.checkpoint.keep=1000"};
  const std::string expected = uninterrupted(at("whole"), overrides);
  EXPECT_NE(expected.find("ema.model"), std::string::npos);
  const auto checkpoint = io::CheckpointStore(at("whole") + "/checkpoints").load("step-00000010");
  TinyRun tiny(at("resumed"), overrides);
  tiny.trainer().restore(checkpoint);
  tiny.trainer().fit();
  EXPECT_EQ(weights_of(at("resumed")), expected);
}

INSTANTIATE_TEST_SUITE_P(MicroBatches,
                         ResumeWith,
                         ::testing::Values(std::pair("batch", "1"), std::pair("layer", "3")),
                         [](const auto& one) { return one.param.first; });

TEST_F(TrainerTest, AStopSavesAtOnceAndTheRestIsTheSame) {
  const std::string expected = uninterrupted(at("whole"));
  {
    TinyRun tiny(at("stopped"), {});
    signals::request_stop(15);
    EXPECT_THROW(tiny.trainer().fit(), Stopped);
    EXPECT_EQ(RunDirectory(at("stopped")).read_run_json().at("status"), "preempted");
  }
  signals::request_stop(0);
  TinyRun tiny(at("stopped"), {});
  tiny.trainer().restore(io::CheckpointStore(at("stopped") + "/checkpoints").load("latest"));
  tiny.trainer().fit();
  EXPECT_EQ(weights_of(at("stopped")), expected);
  EXPECT_EQ(RunDirectory(at("stopped")).read_run_json().at("status"), "completed");
}

TEST_F(TrainerTest, MaxTimeStopsResumably) {
  TinyRun tiny(at("limited"), {"+trainer.max_time=1e-9"});
  EXPECT_THROW(tiny.trainer().fit(), Stopped);
  EXPECT_FALSE(io::CheckpointStore(at("limited") + "/checkpoints").names().empty());
}

TEST_F(TrainerTest, AFinishedRunGoesOnWithMoreEpochs) {
  const std::string expected = uninterrupted(at("long"), {"trainer.epochs=5"});
  uninterrupted(at("short"), {"trainer.epochs=2"});
  TinyRun tiny(at("short"), {"trainer.epochs=5"});
  tiny.trainer().restore(io::CheckpointStore(at("short") + "/checkpoints").load("latest"));
  tiny.trainer().fit();
  EXPECT_EQ(weights_of(at("short")), expected);
}

TEST_F(TrainerTest, TheThreadTrialLeavesNoTrace) {
  const std::string expected = uninterrupted(at("plain"));
  TinyRun tiny(at("tried"), {});
  choose_threads(
      *tiny.experiment().inference, tiny.trainer().micro_batches_at(1, 0), tiny.trainer().clock());
  at::set_num_threads(1);
  tiny.trainer().fit();
  EXPECT_EQ(weights_of(at("tried")), expected);
}

// Configurations whose cosine has no length of its own were refused unless `threads` was a number.
TEST_F(TrainerTest, TheThreadTrialKnowsTheLengthOfTheRun) {
  TinyRun tiny(at("cosine"), {"optimizer.learning_rate={type: cosine, value: 0.01}"});
  const Dataset& dataset = *tiny.experiment().dataset;
  TrainerOptions options;
  options.epochs = 3;
  options.batch_size = 16;
  const Clock clock = options.clock_at(/*step=*/0, dataset.size("train"));
  EXPECT_EQ(clock.total_steps, 3 * ((dataset.size("train") + 15) / 16));
  const MicroBatches micro_batches = trial_micro_batches(options, dataset);
  EXPECT_NO_THROW(choose_threads(*tiny.experiment().inference, micro_batches, clock));
  EXPECT_THROW(choose_threads(*tiny.experiment().inference, micro_batches, Clock{}), Error);
  at::set_num_threads(1);
}

TEST_F(TrainerTest, AccumulationUsesTheSameExamplesInTheSameOrder) {
  const std::vector<std::string> one_step{"+trainer.steps=1",
                                          "~trainer.epochs",
                                          "dtype=float64",
                                          "data.binarize=threshold",
                                          "objective.num_particles=1"};
  TinyRun whole(at("whole"), one_step);
  const auto batch = whole.trainer().micro_batches_at(1, 0);
  std::vector<std::string> in_micro_batches = one_step;
  in_micro_batches.push_back("trainer.accumulate=4");
  TinyRun micro_batches(at("pieces"), in_micro_batches);
  const auto parts = micro_batches.trainer().micro_batches_at(1, 0);
  ASSERT_EQ(parts.size(), 4u);
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) rows += parts[i].x.size(0);
  EXPECT_EQ(rows, 16);
  EXPECT_EQ(parts.indices(), batch.indices());
}

TEST_F(TrainerTest, EarlyStoppingStopsAfterItsPatience) {
  // A rate of almost nothing never improves by enough to matter, but noise-free evaluation can
  // still creep up: the rate is 0 by schedule.
  TinyRun tiny(
      at("early"),
      {"trainer.epochs=50",
       "+trainer.early_stopping={patience: 2}",
       "optimizer.learning_rate={type: step, value: 0.05, factor: 1.0e-30, at_epochs: [1]}"});
  tiny.trainer().fit();
  EXPECT_LE(tiny.trainer().state().epoch, 6);
  EXPECT_EQ(tiny.trainer().state().evaluations_without_gain, 2);
}

// What training has in memory at once: a micro-batch of an accumulated batch, and of a corpus what
// is read together, even where a batch is the whole of it.
TEST_F(TrainerTest, TheThreadTrialLoadsNoMoreThanAStepDoes) {
  constexpr char kTopics[] = R"(
name: topics
dtype: float64
data: {type: synthetic_topics, train_size: 9000, validation_size: 0, test_size: 1, document_length: 5, vocabulary_size: 30}
model: {type: lda, num_topics: 2}
inference: {type: conjugate}
trainer: {epochs: 1}
)";
  const ResolvedConfig config = load_config_text(kTopics, "topics.yaml", {}, full_schema());
  const auto corpus = load_dataset(ConfigNode(config.value), false, at::kCPU);
  TrainerOptions options;
  options.batch_size = corpus->size("train");
  const MicroBatches of_corpus = trial_micro_batches(options, *corpus);
  ASSERT_EQ(of_corpus.size(), 1u);
  EXPECT_EQ(of_corpus[0].x.size(0), corpus->most_rows_at_once());
  EXPECT_LT(of_corpus.num_examples(), 9000);

  TinyRun tiny(at("tiny"), {});
  const Dataset& images = *tiny.experiment().dataset;
  options.batch_size = 50;
  EXPECT_EQ(trial_micro_batches(options, images).num_examples(), 50);
  options.accumulate = 4;
  EXPECT_EQ(trial_micro_batches(options, images).num_examples(), 13);
  options.batch_size = 1000;
  options.accumulate = 1;
  EXPECT_EQ(trial_micro_batches(options, images).num_examples(), 100);
}

// Old code told nobody the bound of a run without a validation set: `elbow runs` showed `-`.
TEST_F(TrainerTest, WithoutValidationTheLastBoundIsThatOfTheTraining) {
  const std::string run = at("bare");
  TinyRun tiny(run, {"data.validation_size=0"});
  tiny.trainer().fit();
  const Json last = RunDirectory(run).read_run_json().at("last");
  const Json record = read_metrics(run + "/metrics.jsonl").back();
  EXPECT_EQ(last.at("split"), "train");
  EXPECT_EQ(last.at("step"), record.at("step"));
  EXPECT_EQ(last.at("elbo"), record.at("elbo"));
  const auto listed = list_runs(folder_.path());
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_TRUE(listed[0].has_last);
  EXPECT_EQ(listed[0].last, record.at("elbo").get<double>());
  TinyRun validated(at("valid"), {});
  validated.trainer().fit();
  EXPECT_EQ(RunDirectory(at("valid")).read_run_json().at("last").at("split"), "valid");
}

TEST_F(TrainerTest, ACheckpointOfAnotherModelIsRefusedAndChangesNothing) {
  uninterrupted(at("other"), {"model.latent_size=4"});
  TinyRun tiny(at("mine"), {});
  const auto before = tiny.experiment().inference->state().model;
  EXPECT_THROW(
      tiny.trainer().restore(io::CheckpointStore(at("other") + "/checkpoints").load("latest")),
      DataError);
  const auto after = tiny.experiment().inference->state().model;
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(before[i].second.equal(after[i].second));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
