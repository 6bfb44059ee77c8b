// A run is read from its folder alone.
#include "elbow/evaluate/trained_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/core/error.h"
#include "support/tiny_experiment.h"

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

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
