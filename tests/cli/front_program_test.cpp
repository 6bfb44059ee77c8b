// The built front end: what each verb prints, where, and with which exit code.
#include "cli/front_program.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include "elbow/foundations/core/config_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using test::Program;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(Program, HelpAndVersionGoToStandardOutput) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{}, {"help"}, {"--help"}, {"-h"}}) {
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, HasSubstr("usage: elbow VERB"));
    EXPECT_EQ(result.err, "");
  }
  EXPECT_THAT(run({"--version"}).out, HasSubstr("elbow 0."));
  EXPECT_EQ(run({"train", "--help"}).out, run({"help", "train"}).out);
  EXPECT_THAT(run({"help", "exit-codes"}).out,
              AllOf(HasSubstr(" 74  "), HasSubstr(" 86  "), HasSubstr("130  ")));
}

TEST_F(Program, AWrongCommandLineIsTwoWithOneMessageAndItsRemedy) {
  const auto result = run({"trian"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(
      result.err,
      "command line: error: unknown verb 'trian'; did you mean 'train'?\n help: elbow help\n");
  EXPECT_THAT(run({"help", "trian"}).err, HasSubstr("did you mean 'train'?"));
  EXPECT_THAT(run({"list", "netwrk"}).err, HasSubstr("did you mean 'network'?"));
  EXPECT_THAT(run({"describe", "network", "mlpp"}).err, HasSubstr("did you mean 'mlp'?"));
  EXPECT_THAT(run({"schema", "trainr"}).err, HasSubstr("did you mean 'trainer'?"));
  EXPECT_THAT(run({"data", "fetsh", "x"}).err, HasSubstr("did you mean 'fetch'?"));
}

TEST_F(Program, JsonErrorsAreEventsOnStandardOutput) {
  const auto result = run({"eval", "nowhere", "--json"});
  EXPECT_EQ(result.exit_code, 2);
  const auto lines = test::lines_of(result.out);
  ASSERT_EQ(lines.size(), 1u);
  const Json event = Json::parse(lines[0]);
  EXPECT_EQ(event.at("schema"), 1);
  EXPECT_EQ(event.at("event"), "error");
  EXPECT_EQ(event.at("code"), 2);
}

TEST_F(Program, EveryLineOfJsonOutputIsAnEvent) {
  make_run("runs/vae-1");
  folder_.write("a.yaml", run({"init"}).out);
  const std::vector<std::vector<std::string>> commands{{"list"},
                                                       {"describe", "mlp"},
                                                       {"schema"},
                                                       {"schema", "--markdown"},
                                                       {"validate", "a.yaml"},
                                                       {"init"},
                                                       {"runs"},
                                                       {"info", "runs/vae-1"},
                                                       {"help"},
                                                       {"help", "exit-codes"},
                                                       {"completion", "bash"},
                                                       {"version"},
                                                       {"report", "runs/vae-1", "--dry-run"},
                                                       {"eval", "runs/vae-1", "--dry-run"}};
  for (auto words : commands) {
    words.push_back("--json");
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 0) << words[0] << result.err;
    EXPECT_FALSE(result.out.empty()) << words[0];
    for (const auto& line : test::lines_of(result.out)) {
      const Json event = Json::parse(line);
      EXPECT_EQ(event.at("schema"), 1) << words[0];
      EXPECT_TRUE(event.at("event").is_string()) << words[0];
    }
  }
}

TEST_F(Program, AFullDiskIs74AndAReaderThatWentAwayIs0) {
  test::RunOptions full;
  full.stdout_path = "/dev/full";
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"list"}, {"schema"}, {"help"}, {"list", "--json"}}) {
    const auto result = run(words, full);
    EXPECT_EQ(result.exit_code, 74) << words[0];
    EXPECT_THAT(result.err, HasSubstr("No space left on device"));
  }
  test::RunOptions gone;
  gone.close_stdout = true;
  EXPECT_EQ(run({"schema"}, gone).exit_code, 0);
  EXPECT_EQ(run({"list", "--json"}, gone).exit_code, 0);
}

TEST_F(Program, NoEscapeBytesLeaveForAFile) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"help"}, {"list"}, {"trian"}, {"doctor"}}) {
    const auto result = run(words);
    EXPECT_THAT(result.out + result.err, Not(HasSubstr("\x1b")));
  }
  test::RunOptions forced;
  forced.env["FORCE_COLOR"] = "1";
  EXPECT_THAT(run({"trian"}, forced).err, HasSubstr("\x1b[1;31merror:"));
  EXPECT_THAT(run({"trian", "--no-color"}, forced).err, Not(HasSubstr("\x1b")));
}

TEST_F(Program, ListAndDescribeShowTheComponents) {
  EXPECT_THAT(run({"list"}).out,
              AllOf(HasSubstr("network\n"), HasSubstr("optimizer\n"), HasSubstr("  adam")));
  EXPECT_THAT(run({"list", "optimizer"}).out, AllOf(HasSubstr("adam"), Not(HasSubstr("mlp"))));
  EXPECT_THAT(run({"describe", "optimizer", "adam"}).out,
              AllOf(HasSubstr("learning_rate"), HasSubstr("default")));
  EXPECT_THAT(run({"describe", "optimizer"}).out, HasSubstr("optimizer adam"));
  EXPECT_THAT(run({"describe", "trainer"}).out, HasSubstr("batch_size"));
  EXPECT_NO_THROW(static_cast<void>(Json::parse(run({"schema"}).out).size()));
}

TEST_F(Program, ValidateNamesEveryMistakeAtOnce) {
  folder_.write("a.yaml", run({"init"}).out);
  const auto good = run({"validate", "a.yaml", "trainer.epochs=7"});
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_THAT(good.out, AllOf(HasSubstr("a.yaml: ok\n"), HasSubstr("7 epochs")));
  EXPECT_THAT(good.err, HasSubstr("next: elbow train a.yaml"));
  const auto bad = run({"validate", "a.yaml", "trainer.epoch=7", "model.latent_size=none"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_EQ(bad.out, "");
  EXPECT_THAT(bad.err,
              AllOf(HasSubstr("trainer.epoch"),
                    HasSubstr("model.latent_size"),
                    HasSubstr("2 errors; nothing was written")));
  EXPECT_EQ(run({"validate", "missing.yaml"}).exit_code, 2);
}

TEST_F(Program, TrainReportsConfigurationErrorsBeforeItStarts) {
  folder_.write("a.yaml", run({"init"}).out);
  const std::size_t before = folder_.num_entries();
  const auto result = run({"train", "a.yaml", "trainer.epoch=7"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean"));
  std::filesystem::create_directory(folder_ / "taken");
  folder_.write("taken/notes.txt", "mine");
  EXPECT_THAT(run({"train", "a.yaml", "-o", "taken"}).err, HasSubstr("exists already"));
  EXPECT_THAT(run({"train", "a.yaml", "--init-from", "taken"}).err,
              HasSubstr("expected a run directory"));
  EXPECT_EQ(folder_.num_entries(), before + 2);  // the folder and its file
}

TEST_F(Program, VerbsThatReadARunCheckItFirst) {
  make_run("runs/vae-1");
  const auto expect_two = [this](std::vector<std::string> words, const std::string& part) {
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 2) << words[0];
    EXPECT_THAT(result.err, HasSubstr(part));
  };
  for (const char* verb :
       {"resume", "eval", "sample", "reconstruct", "traverse", "export", "report"}) {
    expect_two({verb, "runs/vae-2"}, "runs/vae-1");
  }
  expect_two({"eval", "runs/vae-1", "--checkpoint", "step-7"}, "no checkpoint of step 7");
  expect_two({"eval", "runs/vae-1", "--input", "none.npy"}, "none.npy: no such file");
  expect_two({"eval", "runs/vae-1", "--per-example", "x.txt"}, "ending in .csv");
  expect_two({"sample", "runs/vae-1", "-o", "x.jpg"}, "ending in .png, .npy, .csv");
  expect_two({"sample", "runs/vae-1", "-o", "no/where.png"}, "no folder no");
  expect_two({"encode", "runs/vae-1", "--input", "none.npy", "-o", "z.npy"}, "none.npy");
  expect_two({"resume", "runs/vae-1", "trainer.epoch=3"}, "unknown key");
}

TEST_F(Program, DryRunsSayWhatWouldBeWrittenAndWriteNothing) {
  make_run("runs/vae-1");
  const std::size_t before = folder_.num_entries();
  EXPECT_THAT(run({"eval", "runs/vae-1", "--dry-run"}).out,
              HasSubstr("would write runs/vae-1/eval/test.json"));
  EXPECT_THAT(run({"export", "runs/vae-1", "--dry-run"}).out,
              HasSubstr("would write runs/vae-1/export"));
  EXPECT_THAT(run({"sample", "runs/vae-1", "-o", "s.png", "--dry-run"}).out,
              HasSubstr("would write s.png"));
  EXPECT_THAT(run({"report", "runs/vae-1", "--dry-run"}).out,
              HasSubstr("would write runs/vae-1/report.html"));
  EXPECT_THAT(run({"init", "-o", "a.yaml", "--dry-run"}).out, HasSubstr("would write a.yaml"));
  EXPECT_EQ(folder_.num_entries(), before);
}

TEST_F(Program, TheTrainerGetsTheArgumentsTheEnvironmentAndBlockedSignals) {
  const std::string program = with_fake_trainer();
  folder_.write("a.yaml", run({"init"}).out);
  test::RunOptions options;
  options.directory = folder_.path();
  options.unset = {
      "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "CUBLAS_WORKSPACE_CONFIG", "OMP_NUM_THREADS"};
  const auto result =
      test::run({program, "train", "a.yaml", "trainer.epochs=3", "--threads", "2"}, options);
  EXPECT_EQ(result.exit_code, 7) << result.err;
  EXPECT_THAT(result.out,
              HasSubstr("arg:train\narg:a.yaml\narg:trainer.epochs=3\narg:--threads\narg:2\n"));
  EXPECT_THAT(
      result.out,
      HasSubstr("CUBLAS_WORKSPACE_CONFIG=:4096:8\nGOMP_SPINCOUNT=4000\nOMP_WAIT_POLICY=passive\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("OMP_NUM_THREADS")));
  const auto at = result.out.find("SigBlk:");
  ASSERT_NE(at, std::string::npos);
  const auto blocked = std::stoull(result.out.substr(at + 7), nullptr, 16);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP})
    EXPECT_TRUE(blocked >> (signal - 1) & 1) << signal;
  options.env = {{"OMP_WAIT_POLICY", "active"}};
  EXPECT_THAT(test::run({program, "train", "a.yaml"}, options).out,
              AllOf(HasSubstr("OMP_WAIT_POLICY=active"), Not(HasSubstr("GOMP_SPINCOUNT"))));
}

TEST_F(Program, AStandInThatIsNotThereIsRefused) {
  folder_.write("a.yaml", run({"init"}).out);
  EXPECT_THAT(run({"train", "a.yaml", "--stand-in"}).err, HasSubstr("needs the key data.stand_in"));
}

TEST_F(Program, AnInterruptedDownloadEndsWith130AndATerminatedOneWith75) {
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 75}}) {
    const test::SilentServer server;
    test::RunOptions options;
    options.ready = [&server] { return server.has_connection(); };
    options.kills = {{0.0, signal}};
    const auto result =
        run({"data", "fetch", "mnist", "--mirror", server.address(), "--folder", "mnist"}, options);
    EXPECT_EQ(result.exit_code, code) << result.err;
  }
}

TEST_F(Program, AMissingTrainerIsNamedWithItsRemedy) {
  std::filesystem::create_directory(folder_ / "bin");
  std::filesystem::copy_file(test::elbow_binary(), folder_ / "bin/elbow");
  folder_.write("a.yaml", run({"init"}).out);
  const auto result = test::run({folder_ / "bin/elbow", "train", folder_ / "a.yaml"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("the trainer is missing"), HasSubstr("scripts/quickstart")));
  const auto doctor = test::run({folder_ / "bin/elbow", "doctor"});
  EXPECT_EQ(doctor.exit_code, 0);
  EXPECT_THAT(doctor.out,
              AllOf(HasSubstr("trainer"), HasSubstr("not found"), HasSubstr("processors")));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
