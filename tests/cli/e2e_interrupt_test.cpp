// A run that is interrupted and resumed ends with the bytes of one that is not (RELIABILITY R4).
#include <random>

#include "cli/e2e_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

/// Steps end an epoch every 25th time, checkpoints come every 70th: nearly all are inside an epoch.
std::vector<std::string> settings(int threads) {
  if (threads == 1) {
    return {"trainer.epochs=24",
            "trainer.batch_size=8",
            "trainer.evaluate_every_epochs=6",
            "+trainer.checkpoint.every_steps=70",
            "--threads",
            "1"};
  }
  // Matrices that are worth two threads.
  return {"data.height=28",
          "data.width=28",
          "data.count=240",
          "trainer.epochs=15",
          "model.likelihood.network.hidden_sizes=[128]",
          "trainer.batch_size=64",
          "trainer.evaluate_every_epochs=4",
          "+trainer.checkpoint.every_steps=7",
          "--threads",
          "2"};
}

struct Interruption {
  int signal;
  std::int64_t after_step;  ///< waits for a checkpoint of at least this step; -1: from the start
  double delay;             ///< seconds
};

class Interrupted : public test::EndToEnd, public ::testing::WithParamInterface<int> {
 protected:
  std::int64_t saved_step() const {
    const std::string name = test::read_text(folder_ / "parts/checkpoints/latest");
    return name.rfind("step-", 0) == 0 ? std::stoll(name.substr(5)) : -1;
  }
  /// Killed before run.json was there, nothing can be resumed.
  bool is_a_run() const { return std::filesystem::exists(folder_ / "parts/run.json"); }

  test::RunResult go_on(const test::RunOptions& options) {
    if (is_a_run()) return run({"resume", "parts"}, options);
    std::filesystem::remove_all(folder_ / "parts");
    std::vector<std::string> words{"train", "tiny.yaml", "-o", "parts"};
    const auto more = settings(threads_);
    words.insert(words.end(), more.begin(), more.end());
    return run(words, options);
  }

  /// Whether the signal came before the end.
  bool interrupt(const Interruption& what) {
    test::RunOptions options;
    // A run that goes on may have such a checkpoint already.
    const bool at_once = what.after_step < 0 || saved_step() >= what.after_step;
    if (what.after_step >= 0) options.ready = [&] { return saved_step() >= what.after_step; };
    options.kills = {{what.delay, what.signal}};
    const auto result = go_on(options);
    if (result.exit_code == 0) return false;
    // A process that has not come as far as its handlers is ended by the signal itself.
    if (what.signal == SIGKILL || (at_once && result.signal == what.signal)) {
      EXPECT_EQ(result.signal, what.signal) << result.err;
      return true;
    }
    EXPECT_EQ(result.exit_code, 75) << "signal " << what.signal << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr("elbow resume parts"));
    EXPECT_EQ(run_json("parts").at("status"), "preempted");
    EXPECT_TRUE(store("parts").latest().has_value());
    return true;
  }

  int threads_ = 1;
};

TEST_P(Interrupted, EndsLikeAnUninterruptedRun) {
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  threads_ = GetParam() % 2 == 0 ? 2 : 1;
  train("whole", settings(threads_));
  const std::int64_t unit = threads_ == 1 ? 70 : 7;
  std::vector<int> signals{SIGTERM, SIGINT, SIGUSR1, SIGHUP};
  std::shuffle(signals.begin(), signals.end(), random);
  const auto milliseconds = [&random](unsigned limit) { return 1e-3 * (random() % limit); };
  const std::vector<Interruption> plan{
      {GetParam() % 3 == 0 ? SIGKILL : signals[3], -1, milliseconds(400)},
      {SIGKILL, unit, milliseconds(30)},
      {signals[0], 2 * unit, milliseconds(30)},
      {SIGKILL, 4 * unit, milliseconds(30)},
      {signals[1], 5 * unit, milliseconds(20)}};
  int interruptions = 0;
  for (const auto& what : plan) interruptions += interrupt(what);
  EXPECT_GE(interruptions, 3);
  if (!is_a_run() || run_json("parts").at("status") != "completed") {
    const auto result = go_on({});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  expect_same_end("whole", "parts");
  EXPECT_EQ(test::timeless_records(folder_ / "whole"), test::timeless_records(folder_ / "parts"));
  EXPECT_EQ(store("whole").best(), store("parts").best());
  EXPECT_EQ(run_json("parts").at("best"), run_json("whole").at("best"));
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "parts/checkpoints"))
    EXPECT_NE(entry.path().filename().string()[0], '.') << "left behind: " << entry.path();
}

INSTANTIATE_TEST_SUITE_P(Seeds, Interrupted, ::testing::Range(1, 6));

// A kill between the files of a checkpoint and the pointer that calls it the best.
TEST_F(Interrupted, TheBestThatWasSavedIsCalledSoAfterAResume) {
  auto shorter = settings(1);
  shorter.front() = "trainer.epochs=12";
  train("parts", shorter);
  const auto best = store("parts").best();
  ASSERT_EQ(best, store("parts").latest());
  folder_.write("parts/checkpoints/best", store("parts").names().front() + "\n");
  EXPECT_EQ(run({"resume", "parts"}).exit_code, 0);
  EXPECT_EQ(store("parts").best(), best);
}

class MaximumTime : public Interrupted {};

TEST_F(MaximumTime, SavesEndsWith75AndLeavesNoTraceInTheResult) {
  train("whole", settings(1));
  std::vector<std::string> words{"train", "tiny.yaml", "-o", "parts", "--max-time", "0.03s"};
  const auto more = settings(1);
  words.insert(words.end(), more.begin(), more.end());
  const auto stopped = run(words);
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("elbow resume parts"));
  EXPECT_EQ(run({"resume", "parts", "--max-time", "0.03s"}).exit_code, 75);
  EXPECT_EQ(run({"resume", "parts"}).exit_code, 0);
  expect_same_end("whole", "parts");
  EXPECT_EQ(test::timeless_records(folder_ / "whole"), test::timeless_records(folder_ / "parts"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
