// The helper that other tests run commands with.
#include <gtest/gtest.h>

#include "support/run_command.h"

namespace elbow::test {
namespace ELBOW_TEST_FILE {

TEST(RunCommand, GivesExitCodeAndBothStreams) {
  const auto result = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.signal, 0);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_FALSE(result.timed_out);
}

TEST(RunCommand, PassesInputEnvironmentAndFolder) {
  RunOptions options;
  options.input = std::string(300000, 'x');
  options.env["GREETING"] = "hello";
  options.directory = "/";
  const auto result = run({"sh", "-c", "wc -c; echo $GREETING; pwd"}, options);
  EXPECT_EQ(result.out, "300000\nhello\n/\n");
  EXPECT_EQ(run({"sh", "-c", "cat; echo $A"}, {{"A", "b"}}, "in ").out, "in b\n");
}

TEST(RunCommand, SignalsArriveAfterTheirDelay) {
  EXPECT_EQ(run_and_kill({"sleep", "30"}, 0.05, SIGTERM).signal, SIGTERM);
  // A child that has closed its streams is still waited for and signalled.
  EXPECT_EQ(run_and_kill({"sh", "-c", "exec sleep 30 >&- 2>&-"}, 0.1, SIGUSR1).signal, SIGUSR1);
}

TEST(RunCommand, ATimeoutKills) {
  RunOptions options;
  options.timeout = 0.1;
  const auto result = run({"sleep", "30"}, options);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
}

TEST(RunCommand, AMissingProgramIs127) { EXPECT_EQ(run({"/no/such/program"}).exit_code, 127); }

TEST(RunCommand, LargeOutputIsWhole) {
  EXPECT_EQ(run({"sh", "-c", "head -c 1000000 /dev/zero"}).out.size(), 1000000u);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::test
