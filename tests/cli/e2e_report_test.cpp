// What a run leaves for people: TensorBoard events, report.html, pictures, run files.
#include "cli/e2e_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using ::testing::Not;

class Left : public test::EndToEnd {
 protected:
  /// The steps of a tag as TensorBoard shows them: a new file drops earlier points from its first
  /// step on.
  std::vector<std::int64_t> shown_steps(const std::string& name, const std::string& tag) const {
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / (name + "/tensorboard")))
      files.insert(entry.path().string());
    std::vector<std::int64_t> steps;
    for (const auto& file : files) {
      const auto scalars = read_tensorboard_scalars(file);
      if (scalars.empty()) continue;
      const std::int64_t first = scalars.front().step;
      steps.erase(std::remove_if(steps.begin(), steps.end(), [=](auto s) { return s >= first; }),
                  steps.end());
      for (const auto& scalar : scalars)
        if (scalar.tag == tag) steps.push_back(scalar.step);
    }
    return steps;
  }
};

TEST_F(Left, EventsOfAKilledAndResumedRunHaveEachStepOnce) {
  std::vector<std::string> words{
      "train", "tiny.yaml", "-o", "run", "trainer.epochs=40", "+trainer.checkpoint.every_steps=60"};
  for (const int signal : {SIGKILL, SIGTERM}) {
    test::RunOptions options;
    const std::string wanted = signal == SIGKILL ? "step-00000060" : "step-00000180";
    options.ready = [&] {
      return std::filesystem::exists(folder_ / ("run/checkpoints/" + wanted));
    };
    options.kills = {{0.02, signal}};
    run(words, options);
    words = {"resume", "run"};
  }
  EXPECT_EQ(run(words).exit_code, 0);
  for (const std::string split : {"train", "valid"}) {
    std::vector<std::int64_t> expected;
    for (const auto& record : test::timeless_records(folder_ / "run"))
      if (record.at("split") == split) expected.push_back(record.at("step").get<std::int64_t>());
    EXPECT_GE(expected.size(), 40u);
    EXPECT_TRUE(std::is_sorted(expected.begin(), expected.end()));
    EXPECT_EQ(shown_steps("run", split + "/elbo"), expected) << split;
  }
}

TEST_F(Left, TheReportStandsAlone) {
  train("run");
  const std::string report = test::read_text(folder_ / "run/report.html");
  EXPECT_TRUE(run_json("run").at("verdict").at("kind").is_string());
  EXPECT_THAT(report, HasSubstr("verdict"));
  EXPECT_THAT(report, HasSubstr("<html"));
  EXPECT_THAT(report, HasSubstr("<svg"));
  EXPECT_THAT(report, HasSubstr("data:image/png;base64,"));
  for (const char* outside : {"<script", "src=\"http", "href=\"http", "url(http", "@import"})
    EXPECT_THAT(report, Not(HasSubstr(outside)));
  EXPECT_LT(report.size(), std::size_t{5} << 20);
  // Old code left a report that shows neither the numbers nor the traversals.
  EXPECT_EQ(run({"eval", "run", "--particles", "4"}).exit_code, 0);
  const std::string after_eval = test::read_text(folder_ / "run/report.html");
  EXPECT_THAT(after_eval, HasSubstr("Monte-Carlo error"));
  EXPECT_EQ(run({"traverse", "run", "-o", "run/images/traversals.png"}).exit_code, 0);
  EXPECT_THAT(test::read_text(folder_ / "run/report.html"), HasSubstr("Latent traversal"));
  EXPECT_EQ(run({"report", "run"}).out, "run/report.html\n");
  const std::string with_numbers = test::read_text(folder_ / "run/report.html");
  EXPECT_NE(with_numbers, report);
  EXPECT_EQ(run({"report", "run", "-o", "again.html"}).exit_code, 0);
  EXPECT_TRUE(test::read_text(folder_ / "again.html") == with_numbers);
}

// Was `completed`, far below its start, without a word.
TEST_F(Left, ATrainingThatFellSaysSoAndWhatToTry) {
  const auto result = run(
      {"train", "tiny.yaml", "-o", "run", "optimizer.learning_rate=10", "trainer.epochs=20", "-q"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err,
              ::testing::AllOf(HasSubstr("warning: "),
                               HasSubstr("below the"),
                               HasSubstr("lower optimizer.learning_rate")));
  EXPECT_EQ(run_json("run").at("status"), "completed");
  EXPECT_EQ(run_json("run").at("verdict").at("kind"), "bound_fell");
}

TEST_F(Left, MarkupInNamesIsText) {
  const auto result =
      run({"train", "tiny.yaml", "-o", "run", "trainer.epochs=1", "-q", "name='<b onload=x>&'"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(test::read_text(folder_ / "run/report.html"), Not(HasSubstr("<b onload")));
}

TEST_F(Left, ARunDirectoryHasEverythingThatTheInterfaceNames) {
  ASSERT_EQ(run({"train", "tiny.yaml", "-q"}).exit_code, 0);
  for (const char* file : {"config.yaml",
                           "environment.json",
                           "run.json",
                           "metrics.jsonl",
                           "train.log",
                           "report.html",
                           "checkpoints/latest",
                           "checkpoints/best",
                           "checkpoints/step-00000026/manifest.json"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / (std::string("runs/tiny-1/") + file))) << file;
  ASSERT_EQ(run({"train", "tiny.yaml", "-q"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "runs/tiny-2/run.json"));
  const Json environment = Json::parse(test::read_text(folder_ / "runs/tiny-1/environment.json"));
  for (const char* key : {"elbow", "libtorch", "device", "threads", "command", "seed", "data"})
    EXPECT_TRUE(environment.contains(key)) << key;
  for (const auto& [path, text] : test::snapshot(folder_ / "runs/tiny-1"))
    EXPECT_EQ(path.find(".tmp"), std::string::npos) << path;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
