// Under what name an evaluation is filed, and which one is named next.
#include "cli/common/evaluation_name.h"

#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace ELBOW_TEST_FILE {

std::string name_of(const std::map<std::string, std::string>& flags,
                    const Json& config = {{"seed", 1}, {"trainer", Json::object()}}) {
  CommandLine line;
  line.verb = "eval";
  line.flags = flags;
  return evaluation_name(line, config, io::CheckpointStore("nowhere/checkpoints"));
}

TEST(EvaluationName, IsTheSplitAtTheDefaultSettings) {
  EXPECT_EQ(name_of({}), "test");
  EXPECT_EQ(name_of({{"split", "valid"}}), "valid");
  EXPECT_EQ(name_of({{"particles", "100"}, {"seed", "1"}, {"weights", "raw"}}), "test");
  EXPECT_EQ(name_of({{"batch-size", "7"}, {"chunk", "2"}, {"threads", "3"}}), "test");
}

TEST(EvaluationName, SaysWhateverChangesTheResult) {
  EXPECT_EQ(name_of({{"limit", "200"}, {"particles", "1000"}}), "test-limit-200-k-1000");
  EXPECT_EQ(name_of({{"input", "data/mine.csv"}}), "input-mine");
  EXPECT_EQ(name_of({{"input", "mine.idx.gz"}, {"particles", "5"}}), "input-mine-k-5");
  EXPECT_EQ(name_of({{"refine-steps", "50"}, {"refine-rate", "0.1"}}), "test-refine-50-rate-0.1");
  EXPECT_EQ(name_of({{"checkpoint", "step-12"}, {"seed", "8"}}), "test-step-12-seed-8");
  EXPECT_EQ(name_of({{"weights", "ema"}}), "test-ema");
  const Json averaged = {{"seed", 1}, {"trainer", {{"ema", {{"evaluate", "ema"}}}}}};
  EXPECT_EQ(name_of({{"weights", "ema"}}, averaged), "test");
  EXPECT_EQ(name_of({{"weights", "raw"}}, averaged), "test-raw");
}

Json config_of(const char* model, const char* inference = "gradient") {
  return {{"seed", 1},
          {"trainer", Json::object()},
          {"model", {{"type", model}}},
          {"inference", {{"type", inference}}}};
}

/// Why a flag is refused; empty when it is taken.
std::string refusal(const char* verb, const std::string& flag, const Json& config) {
  CommandLine line;
  line.verb = verb;
  line.flags = {{flag, flag == "weights" ? "ema" : "2"}};
  try {
    refuse_unused_flags(line, config);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

// Old code drew nothing, and filed the same numbers as test-k-1.
TEST(UnusedFlags, AreRefusedForEveryModelThatDrawsNothing) {
  for (const char* flag : {"particles", "chunk", "refine-steps", "refine-rate"}) {
    const std::string closed = refusal("eval", flag, config_of("linear_regression", "conjugate"));
    EXPECT_NE(closed.find(std::string("--") + flag + ": has no effect"), std::string::npos) << flag;
    EXPECT_NE(refusal("eval", flag, config_of("density")), "") << flag;
  }
  EXPECT_NE(refusal("sample", "weights", config_of("mixture", "conjugate")), "");
  EXPECT_NE(refusal("sample", "mean", config_of("mixture", "conjugate")), "");
  EXPECT_NE(refusal("sample", "mean", config_of("density")), "");
  EXPECT_NE(refusal("eval", "refine-rate", config_of("latent")), "");
}

TEST(UnusedFlags, AreTakenWhereTheyAreUsed) {
  for (const char* model : {"latent", "target", "network_regression", "dropout_regression"})
    EXPECT_EQ(refusal("eval", "particles", config_of(model)), "") << model;
  for (const char* flag : {"chunk", "refine-steps", "weights", "mean"})
    EXPECT_EQ(refusal("eval", flag, config_of("latent")), "") << flag;
}

TEST(EvaluationName, HasNoSeedWhereNothingIsDrawn) {
  EXPECT_EQ(name_of({{"seed", "8"}}, config_of("mixture", "conjugate")), "test");
  EXPECT_EQ(name_of({{"seed", "8"}}, config_of("density")), "test");
  EXPECT_EQ(name_of({{"seed", "8"}, {"limit", "9"}}, config_of("density")), "test-limit-9-seed-8");
  EXPECT_EQ(name_of({{"seed", "8"}}, config_of("latent")), "test-seed-8");
}

TEST(EvalCommand, NamesASplitThatIsThere) {
  EXPECT_EQ(eval_command("r", {"test", "train"}), "elbow eval r");
  EXPECT_EQ(eval_command("r", {"train", "valid"}), "elbow eval r --split valid");
  EXPECT_EQ(eval_command("r", {"train"}), "elbow eval r --split train");
  EXPECT_EQ(eval_command("r", nullptr), "elbow eval r");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::cli
