// What the system does to a run: a second Ctrl-C, a full disk, a reader that leaves, a second
// process.
#include <sys/mount.h>

#include <future>

#include "cli/e2e_support.h"
#include "elbow/foundations/io/run_lock.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::HasSubstr;

class RunFailure : public test::EndToEnd {
 protected:
  /// A training whose step takes some tenths of a second.
  std::vector<std::string> slow_training(const std::string& name) {
    return {"train",
            "tiny.yaml",
            "-o",
            name,
            "data.height=28",
            "data.width=28",
            "data.count=400",
            "trainer.batch_size=400",
            "objective.num_particles=8",
            "trainer.epochs=1000",
            "model.likelihood.network.hidden_sizes=[1000]",
            "+trainer.checkpoint.every_epochs=500",
            "data.validation_size=0",
            "trainer.images.count=1"};
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

  /// Resumes under a limit of `blocks` of 512 bytes for every file.
  test::RunResult resume_limited(const std::string& more, int blocks) {
    test::RunOptions options;
    options.directory = folder_.path();
    options.env["ELBOW"] = test::elbow_binary();
    const std::string command =
        "ulimit -f " + std::to_string(blocks) + "; exec \"$ELBOW\" resume run " + more;
    return test::run({"sh", "-c", command}, options);
  }
};

TEST_F(RunFailure, ASecondInterruptEndsAtOnceWith130AndLeavesTheCheckpointAlone) {
  test::RunOptions options;
  options.ready = [this] { return exists("run/checkpoints/latest"); };
  options.kills = {{0.0, SIGINT}, {0.03, SIGINT}};
  const auto result = run(slow_training("run"), options);
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("press Ctrl-C again to quit without saving"),
                    HasSubstr("the last checkpoint is untouched")));
  EXPECT_EQ(store("run").names(), std::vector<std::string>{"step-00000000"});
  EXPECT_NO_THROW(store("run").load("latest"));
  // The lock went with the process.
  EXPECT_EQ(run({"resume", "run", "trainer.epochs=1", "-q"}).exit_code, 0);
}

TEST_F(RunFailure, AnInterruptOfAVerbThatSavesNothingIs130AndATerminationIs75) {
  train("run");
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 75}}) {
    const std::string before = test::read_text(folder_ / "run/run.json");
    test::RunOptions options;
    options.kills = {{0.5, signal}};
    const auto result = run({"eval", "run", "--particles", "50000000"}, options);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_FALSE(exists("run/eval/test-k-50000000.json"));
    EXPECT_EQ(test::read_text(folder_ / "run/run.json"), before);
  }
}

TEST_F(RunFailure, AFileThatCannotGrowIs74AndEarlierCheckpointsStayWhole) {
  train("run");
  const auto names = store("run").names();
  const auto stop = resume_limited("trainer.epochs=9 trainer.checkpoint.on_error=stop", 16);
  EXPECT_EQ(stop.exit_code, 74) << stop.err;
  EXPECT_THAT(
      stop.err,
      AllOf(HasSubstr("model.safetensors"), HasSubstr("File too large"), HasSubstr("needs")));
  EXPECT_EQ(store("run").names(), names);
  for (const auto& name : names) EXPECT_NO_THROW(store("run").load(name));
  test::expect_no_insides(stop);

  const auto retry = resume_limited("trainer.epochs=9 trainer.checkpoint.on_error=retry", 16);
  EXPECT_EQ(retry.exit_code, 74) << retry.err;
  EXPECT_THAT(retry.err, HasSubstr("tries again at the next checkpoint"));
  EXPECT_EQ(store("run").names(), names);
  EXPECT_EQ(run_json("run").at("status"), "failed");
  // The disk has room again: nothing was lost.
  EXPECT_EQ(run({"resume", "run", "-q"}).exit_code, 0);
  train("whole", {"trainer.epochs=9"});
  expect_same_end("whole", "run");
}

TEST_F(RunFailure, AFullFileSystemIs74AndEarlierCheckpointsStayWhole) {
  std::filesystem::create_directory(folder_ / "small");
  const std::string small = folder_ / "small";
  if (::mount("elbow-test", small.c_str(), "tmpfs", 0, "size=240k") != 0)
    GTEST_SKIP() << "a small file system cannot be mounted here";
  const auto result = run({"train",
                           "tiny.yaml",
                           "-o",
                           "small/run",
                           "trainer.epochs=40",
                           "-q",
                           "trainer.checkpoint={on_error: stop, keep: 100}"});
  EXPECT_EQ(result.exit_code, 74) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("No space left"), HasSubstr("needs"), HasSubstr("free")));
  const auto names = store("small/run").names();
  EXPECT_GE(names.size(), 1u);
  for (const auto& name : names) EXPECT_NO_THROW(store("small/run").load(name));
  EXPECT_NO_THROW(store("small/run").load("latest"));
  ::umount(small.c_str());
}

TEST_F(RunFailure, AFullStandardOutputIs74AndTheWorkIsOnDisk) {
  test::RunOptions full;
  full.stdout_path = "/dev/full";
  const auto fit = run({"train", "tiny.yaml", "-o", "run", "trainer.epochs=1"}, full);
  EXPECT_EQ(fit.exit_code, 74) << fit.err;
  EXPECT_EQ(run_json("run").at("status"), "completed");
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"eval", "run", "--json", "--particles", "2"},
                                             {"eval", "run", "--particles", "2"},
                                             {"sample", "run", "-n", "2"},
                                             {"resume", "run", "trainer.epochs=2", "--json"}}) {
    const auto result = run(words, full);
    EXPECT_EQ(result.exit_code, 74) << words[0] << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr("No space left on device"));
  }
  EXPECT_TRUE(exists("run/eval/test-k-2.json"));
  EXPECT_EQ(run_json("run").at("epoch"), 2);
}

TEST_F(RunFailure, AReaderThatLeftDoesNotDisturb) {
  test::RunOptions gone;
  gone.close_stdout = true;
  EXPECT_EQ(run({"train", "tiny.yaml", "-o", "run", "--json"}, gone).exit_code, 0);
  EXPECT_EQ(run_json("run").at("status"), "completed");
  EXPECT_EQ(run({"eval", "run", "--particles", "2", "--json"}, gone).exit_code, 0);
  EXPECT_TRUE(exists("run/eval/test-k-2.json"));
  EXPECT_EQ(run({"sample", "run", "-n", "2"}, gone).exit_code, 0);
}

TEST_F(RunFailure, ARunThatAnotherProcessHoldsIsRefusedWithItsProcess) {
  train("run");
  const io::RunLock lock(folder_ / "run");
  const auto before = test::snapshot(folder_ / "run");
  expect_refused({"resume", "run", "trainer.epochs=3"}, {"run", std::to_string(::getpid())});
  EXPECT_EQ(test::snapshot(folder_ / "run"), before);
}

TEST_F(RunFailure, ARunThatIsBeingTrainedIsReadButNotResumed) {
  test::RunOptions options;
  options.ready = [this] { return exists("stop"); };
  options.kills = {{0.0, SIGTERM}};
  auto training =
      std::async(std::launch::async, [&] { return run(slow_training("run"), options); });
  for (int i = 0; i < 4000 && !exists("run/checkpoints/latest"); ++i) ::usleep(5000);
  expect_refused({"resume", "run"}, {"run", "in use by process"});
  EXPECT_EQ(run({"runs", "."}).exit_code, 0);
  EXPECT_EQ(run({"sample", "run", "-n", "1", "-o", "s.png"}).exit_code, 0);
  folder_.write("stop", "");
  EXPECT_EQ(training.get().exit_code, 75);
  EXPECT_EQ(run_json("run").at("status"), "preempted");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
