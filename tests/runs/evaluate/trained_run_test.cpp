// A run is read from its folder alone.
#include "elbow/runs/evaluate/trained_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/foundations/observe/report.h"
#include "elbow/runs/evaluate/diagnosis.h"
#include "runs/evaluate/finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::TinyRun;

/// How load_run refuses; empty when it does not.
std::string refusal(const std::string& path, const std::string& checkpoint, std::string* help) {
  try {
    RunOptions options;
    options.checkpoint = checkpoint;
    load_run(path, options);
  } catch (const UsageError& error) {
    *help = error.help();
    return error.what();
  }
  return "";
}

// Old code read the checkpoint from before the failure and said nothing of it.
TEST(LoadRun, OfAFailedTrainingIsRefusedUnlessACheckpointIsNamed) {
  const TemporaryFolder folder;
  TinyRun tiny(folder.path(), {});
  io::write_file(
      folder.path() + "/config.yaml",
      dump_config(load_config_text(testing::kTinyConfig, "tiny.yaml", {}, full_schema())));
  tiny.trainer().fit();
  const RunDirectory run(folder.path());
  std::string help;
  EXPECT_EQ(refusal(folder.path(), "", &help), "");
  Json state = run.read_run_json();
  state["status"] = "numerical_failure";
  state["nan_events"] = {{{"step", 11}, {"action", "skip"}}, {{"step", 12}, {"action", "give_up"}}};
  run.write_run_json(state);
  EXPECT_THAT(refusal(folder.path(), "", &help), HasSubstr("failed at step 12"));
  EXPECT_THAT(help, HasSubstr("--checkpoint latest for step-00000021"));
  EXPECT_EQ(refusal(folder.path(), "latest", &help), "");
  state["status"] = "failed";
  state["step"] = 9;
  run.write_run_json(state);
  EXPECT_THAT(refusal(folder.path(), "", &help), HasSubstr("failed at step 9"));
  // Stopped by a signal, or still running: read as ever.
  state["status"] = "preempted";
  run.write_run_json(state);
  EXPECT_EQ(refusal(folder.path(), "", &help), "");
}

// Old code evaluated it without a word: eval/test.json looked like that of a finished run.
TEST(LoadRun, OfAFailedTrainingSaysSoWhereverItsNumbersGo) {
  const TemporaryFolder folder;
  testing::train_on_disk(folder, testing::kTinyConfig);
  EvaluationOptions options;
  options.importance.particles = 4;
  RunOptions latest;
  latest.checkpoint = "latest";
  TrainedRun whole = load_run(folder.path(), latest);
  EXPECT_EQ(whole.failed_at, -1);
  EXPECT_FALSE(evaluate_run(whole, options).summary.contains("training_failed_at_step"));
  const RunDirectory directory(folder.path());
  Json state = directory.read_run_json();
  state["status"] = "numerical_failure";
  state["nan_events"] = {{{"step", 23}, {"action", "give_up"}}};
  directory.write_run_json(state);
  const std::size_t warnings = log::num_warnings();
  TrainedRun failed = load_run(folder.path(), latest);
  EXPECT_EQ(log::num_warnings(), warnings + 1);
  EXPECT_EQ(failed.failed_at, 23);
  const Json summary = evaluate_run(failed, options).summary;
  EXPECT_EQ(summary.at("training_failed_at_step"), 23);
  EXPECT_EQ(summary.at("checkpoint"), "step-00000021");
  DiagnosisOptions diagnosis;
  diagnosis.wants_gradients = false;
  diagnosis.posterior.importance.particles = 25;
  EXPECT_EQ(diagnose_run(failed, diagnosis).summary.at("training_failed_at_step"), 23);
  // And in the report.
  std::filesystem::create_directories(folder.path() + "/eval");
  io::write_json(folder.path() + "/eval/test.json", summary, /*durable=*/false);
  EXPECT_THAT(
      render_report(folder.path()),
      HasSubstr("checkpoint step-00000021, examples 30, seed 1; the training failed at step "
                "23"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
