// The built front end on data and run directories: init, runs, info, report, completion.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/front_program.h"
#include "elbow/data/sources/formats.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using test::Program;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(Program, InitIsValidForEveryKindOfData) {
  data::Array grey;
  grey.shape = {20, 4, 4};
  for (int i = 0; i < 320; ++i) grey.bytes.push_back(static_cast<unsigned char>(i % 251));
  folder_.write("grey.idx", data::encode_idx(grey));
  folder_.write("real.csv", "1.5,-2\n3,4\n0,1\n");
  std::string bits, unit;
  for (int i = 0; i < 20; ++i) {
    bits += i % 3 == 0 ? "1,0,1\n" : "0,1,1\n";
    unit += "0.5,0.25,0." + std::to_string(i) + "\n";
  }
  folder_.write("bits.csv", bits);
  folder_.write("unit.csv", unit);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"grey.idx", "bernoulli"},
      {"bits.csv", "bernoulli"},
      {"unit.csv", "continuous_bernoulli"},
      {"real.csv", "normal"}};
  for (const auto& [file, likelihood] : expected) {
    const auto result = run({"init", "--data", file});
    EXPECT_EQ(result.exit_code, 0) << file << ": " << result.err;
    EXPECT_THAT(result.out, HasSubstr("    type: " + likelihood + "\n")) << file;
    folder_.write("made.yaml", result.out);
    EXPECT_EQ(run({"validate", "made.yaml"}).exit_code, 0) << file;
  }
  EXPECT_EQ(run({"init", "-o", "new.yaml"}).out, "new.yaml\n");
  EXPECT_THAT(run({"init", "-o", "new.yaml"}).err, HasSubstr("exists already"));
  EXPECT_EQ(run({"init", "--data", "none.npy"}).exit_code, 2);
}

TEST_F(Program, RunsListsStatusLastAndBest) {
  EXPECT_THAT(run({"runs"}).err, HasSubstr("no runs in runs"));
  make_run("runs/vae-1");
  EXPECT_THAT(run({"runs"}).out,
              AllOf(HasSubstr("runs/vae-1  completed"), HasSubstr("-101.250  -100.500")));
  Json state = Json::parse(test::read_text(folder_ / "runs/vae-1/run.json"));
  state["verdict"] = {{"kind", "collapsed"}, {"findings", Json::array()}};
  folder_.write("runs/vae-1/run.json", state.dump());
  EXPECT_THAT(run({"runs"}).out, AllOf(HasSubstr("verdict"), HasSubstr("collapsed")));
  EXPECT_THAT(run({"runs", "--json"}).out, HasSubstr("\"verdict\":\"collapsed\""));
  EXPECT_EQ(run({"runs", "nowhere"}).exit_code, 2);
}

TEST_F(Program, InfoVerifiesEveryCheckpoint) {
  make_run("runs/vae-1");
  const auto good = run({"info", "runs/vae-1/"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.out,
              AllOf(HasSubstr("completed"),
                    HasSubstr("step-00000010: verified"),
                    HasSubstr("step-00000020: verified")));
  EXPECT_THAT(run({"info", "runs/vae-1/checkpoints/step-00000010"}).out,
              HasSubstr("decoder.weight  F32 [2]"));
  const std::string file = folder_ / "runs/vae-1/checkpoints/step-00000010/model.safetensors";
  std::string bytes = test::read_text(file);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  folder_.write("runs/vae-1/checkpoints/step-00000010/model.safetensors", bytes);
  const auto bad = run({"info", "runs/vae-1"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.out,
              AllOf(HasSubstr("step-00000010: damaged"), HasSubstr("step-00000020: verified")));
}

TEST_F(Program, InfoReadsDataConfigurationsAndTensors) {
  folder_.write("real.csv", "1.5,-2\n3,4\n0,1\n");
  EXPECT_EQ(run({"info", "real.csv"}).out, run({"data", "info", "real.csv"}).out);
  EXPECT_EQ(Json::parse(run({"info", "real.csv", "--json"}).out).at("event"), "data");
  folder_.write("a.yaml", run({"init"}).out);
  EXPECT_THAT(run({"info", "a.yaml"}).out, HasSubstr("a.yaml: ok"));
  EXPECT_EQ(run({"info", "missing.npy"}).exit_code, 2);
}

TEST_F(Program, ReportIsWrittenAndNamed) {
  make_run("runs/vae-1");
  EXPECT_EQ(run({"report", "runs/vae-1"}).out, "runs/vae-1/report.html\n");
  EXPECT_THAT(test::read_text(folder_ / "runs/vae-1/report.html"), HasSubstr("<html"));
}

TEST_F(Program, TheBashCompletionOfTheProgramOffersItsVerbs) {
  if (test::run({"bash", "-c", "exit 0"}).exit_code != 0) GTEST_SKIP() << "no bash here";
  test::RunOptions options;
  options.env["ELBOW"] = test::elbow_binary();
  const auto result =
      test::run({"bash",
                 "--norc",
                 "-c",
                 "source <(\"$ELBOW\" completion bash); COMP_LINE='elbow train a.yaml trainer.ba'; "
                 "COMP_POINT=${#COMP_LINE}; _elbow; echo \"${COMPREPLY[@]}\""},
                options);
  EXPECT_EQ(result.out, "trainer.batch_size=\n") << result.err;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
