// The completion scripts, in real shells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/common/command_line.h"
#include "cli/common/completion.h"
#include "cli/front_test_support.h"
#include "elbow/foundations/core/error.h"
#include "support/fixture_schema.h"

namespace elbow::cli {
namespace ELBOW_TEST_FILE {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

bool has_shell(const std::string& shell) {
  return test::run({shell, "-c", "exit 0"}).exit_code == 0;
}

class BashCompletion : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_shell("bash")) GTEST_SKIP() << "no bash here";
    folder_.write("elbow.bash", completion_script("bash", testing::fixture_schema()));
    folder_.write("runs/vae-1/run.json", "{}");
    folder_.write("runs/vae-1/checkpoints/step-00000010/manifest.json", "{}");
    folder_.write("runs/vae-1/checkpoints/step-00000020/manifest.json", "{}");
    folder_.write("runs/vae-1/checkpoints/latest", "step-00000020");
    folder_.write("elsewhere/a/run.json", "{}");
    folder_.write("runs/not-a-run/x.txt", "");
    folder_.write("my.yaml", "");
  }

  /// What bash offers when TAB is pressed at the end of `line`.
  Words complete(const std::string& line, const std::string& word_breaks = " \t\n\"'><=;|&(:") {
    test::RunOptions options;
    options.directory = folder_.path();
    options.env["LINE"] = line;
    options.env["BREAKS"] = word_breaks;
    const auto result =
        test::run({"bash",
                   "--norc",
                   "-c",
                   "source ./elbow.bash; COMP_LINE=\"$LINE\"; COMP_POINT=${#LINE}; "
                   "COMP_WORDBREAKS=\"$BREAKS\"; _elbow; printf '%s\\n' \"${COMPREPLY[@]}\""},
                  options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "") << line;
    Words out;
    for (auto& word : test::lines_of(result.out))
      if (!word.empty()) out.push_back(word);
    return out;
  }

  test::CliFolder folder_;
};

TEST_F(BashCompletion, Verbs) {
  EXPECT_THAT(complete("elbow tr"), UnorderedElementsAre("train", "traverse"));
  EXPECT_EQ(complete("elbow ").size(), verbs().size());
  EXPECT_THAT(complete("elbow --json li"), ElementsAre("list"));
  EXPECT_THAT(complete("elbow --device cpu li"), ElementsAre("list"));
}

TEST_F(BashCompletion, FlagsOfTheVerb) {
  EXPECT_THAT(complete("elbow eval runs/vae-1 --par"), ElementsAre("--particles"));
  EXPECT_THAT(complete("elbow train --"), Not(Contains("--particles")));
  for (const auto& verb : verbs()) {
    const Words offered = complete("elbow " + verb.name + " --");
    for (const auto& flag : verb.flags)
      EXPECT_THAT(offered, Contains("--" + flag.name)) << verb.name;
    for (const auto& flag : common_flags())
      EXPECT_THAT(offered, Contains("--" + flag.name)) << verb.name;
  }
}

TEST_F(BashCompletion, ValuesOfFlags) {
  EXPECT_THAT(complete("elbow eval r --split "), ElementsAre("train", "valid", "test"));
  EXPECT_THAT(complete("elbow eval r --weights e"), ElementsAre("ema"));
  EXPECT_THAT(complete("elbow train my.yaml --device c"), ElementsAre("cpu", "cuda"));
  EXPECT_THAT(complete("elbow eval r --particles "), IsEmpty());
  EXPECT_THAT(complete("elbow train c -o my"), ElementsAre("my.yaml"));
}

TEST_F(BashCompletion, ValuesBehindAnEqualSignReplaceOnlyWhatReadlineReplaces) {
  EXPECT_THAT(complete("elbow eval r --split=te"), ElementsAre("test"));
  EXPECT_THAT(complete("elbow eval r --split=te", " \t\n"), ElementsAre("--split=test"));
}

TEST_F(BashCompletion, RunDirectories) {
  EXPECT_THAT(complete("elbow resume "), ElementsAre("runs/vae-1"));
  EXPECT_THAT(complete("elbow sample elsewhere/"), ElementsAre("elsewhere/a"));
  EXPECT_THAT(complete("elbow eval runs/n"), IsEmpty());
  EXPECT_THAT(complete("elbow train my.yaml --init-from r"), ElementsAre("runs/vae-1"));
}

TEST_F(BashCompletion, CheckpointsOfTheRun) {
  EXPECT_THAT(complete("elbow eval runs/vae-1 --checkpoint "),
              ElementsAre("best", "latest", "step-00000010", "step-00000020"));
  EXPECT_THAT(complete("elbow eval runs/vae-1 --checkpoint step-00000020 --sp"),
              ElementsAre("--split"));
}

TEST_F(BashCompletion, ConfigurationFiles) {
  EXPECT_THAT(complete("elbow train my"), ElementsAre("my.yaml"));
}

TEST_F(BashCompletion, KeysAndTheirValues) {
  EXPECT_THAT(complete("elbow train my.yaml trainer.ep"), ElementsAre("trainer.epochs="));
  EXPECT_THAT(complete("elbow resume runs/vae-1 trainer.checkpoint.k"),
              ElementsAre("trainer.checkpoint.keep="));
  EXPECT_THAT(complete("elbow train my.yaml +trainer.ep"), ElementsAre("+trainer.epochs="));
  EXPECT_THAT(complete("elbow train my.yaml ~trainer.ep"), ElementsAre("~trainer.epochs"));
  EXPECT_THAT(complete("elbow train my.yaml data.type=mnist_"), ElementsAre("mnist_static"));
  EXPECT_THAT(complete("elbow train my.yaml data.type=mnist_", " \t\n"),
              ElementsAre("data.type=mnist_static"));
  EXPECT_THAT(complete("elbow validate my.yaml dtype="), ElementsAre("float32", "float64"));
  EXPECT_THAT(complete("elbow train my.yaml threads="), ElementsAre("auto"));
  EXPECT_THAT(complete("elbow train my.yaml trainer.progress=t"), ElementsAre("true"));
  EXPECT_THAT(complete("elbow train my.yaml a=1 model.likelihood.network.act"),
              ElementsAre("model.likelihood.network.activation="));
}

TEST_F(BashCompletion, KindsNamesShellsAndActions) {
  EXPECT_THAT(complete("elbow list net"), ElementsAre("network"));
  EXPECT_THAT(complete("elbow describe network "), ElementsAre("mlp", "conv"));
  EXPECT_THAT(complete("elbow completion "), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(complete("elbow data "), ElementsAre("fetch", "info"));
  EXPECT_THAT(complete("elbow data fetch mnist_"), ElementsAre("mnist_static"));
  EXPECT_THAT(complete("elbow help exit"), ElementsAre("exit-codes"));
  EXPECT_THAT(complete("elbow schema tr"), ElementsAre("trainer"));
}

TEST(Completion, EveryKeyOfTheSchemaCanBeOverridden) {
  const auto keys = override_keys(testing::fixture_schema());
  for (const char* key : {"name",
                          "seed",
                          "trainer.checkpoint.on_error",
                          "guide.posterior.network.hidden_sizes",
                          "objective.beta",
                          "objective.beta.over_epochs",
                          "model.prior.type",
                          "guide.flows"}) {
    EXPECT_EQ(keys.count(key), 1u) << key;
  }
  EXPECT_THAT(keys.at("objective.type"), ElementsAre("elbo", "iwae"));
}

TEST(Completion, ComponentsWithinTheirOwnKindEnd) {
  using P = Parameter;
  const Schema schema(
      {testing::fixture_row("section", "experiment", {P::component("prior", "prior", "p(z)")}),
       testing::fixture_row("prior", "mixture", {P::component("part", "prior", "one part")})});
  EXPECT_THAT(override_keys(schema),
              UnorderedElementsAre(std::make_pair("prior.type", Words{"mixture"}),
                                   std::make_pair("prior.part.type", Words{"mixture"})));
}

TEST(Completion, AnUnknownShellIsNamed) {
  EXPECT_THROW(completion_script("tcsh", testing::fixture_schema()), UsageError);
}

TEST(Completion, FishOffersVerbsFlagsRunsAndKeys) {
  if (!has_shell("fish")) GTEST_SKIP() << "no fish here";
  test::CliFolder folder;
  folder.write("elbow.fish", completion_script("fish", testing::fixture_schema()));
  folder.write("runs/vae-1/run.json", "{}");
  const auto complete = [&folder](const std::string& line) {
    test::RunOptions options;
    options.directory = folder.path();
    options.env = {{"LINE", line}, {"HOME", folder.path()}};
    const auto result = test::run(
        {"fish", "--no-config", "-c", "source elbow.fish; complete -C \"$LINE\""}, options);
    EXPECT_EQ(result.err, "") << line;
    Words out;
    for (const auto& word : test::lines_of(result.out))
      out.push_back(word.substr(0, word.find('\t')));
    return out;
  };
  EXPECT_THAT(complete("elbow tr"), UnorderedElementsAre("train", "traverse"));
  EXPECT_THAT(complete("elbow eval r --par"), ElementsAre("--particles"));
  EXPECT_THAT(complete("elbow resume ru"), Contains("runs/vae-1"));
  EXPECT_THAT(complete("elbow train a.yaml trainer.ep"), Contains("trainer.epochs="));
  EXPECT_THAT(complete("elbow train a.yaml dtype="),
              IsSupersetOf({"dtype=float32", "dtype=float64"}));
}

TEST(Completion, ZshOffersVerbsFlagsRunsAndKeys) {
  if (!has_shell("zsh")) GTEST_SKIP() << "no zsh here";
  test::CliFolder folder;
  folder.write("elbow.zsh", completion_script("zsh", testing::fixture_schema()));
  folder.write("runs/vae-1/run.json", "{}");
  // compadd works only inside zle, so it is replaced by one that filters and prints as zle would.
  folder.write("harness.zsh",
               "compdef() { : }\n"
               "_files() { print -l -- ${words[CURRENT]}*(N) }\n"
               "compadd() { local tail=''\n"
               "  [[ $1 == -S ]] && { tail=$2; shift 2 }\n"
               "  [[ $1 == -- ]] && shift\n"
               "  for w in $@; do [[ $w == ${words[CURRENT]}* ]] && print -r -- $w$tail; done }\n"
               "source ./elbow.zsh\n"
               "words=(${=LINE}); [[ $LINE == *' ' ]] && words+=(''); CURRENT=${#words}\n"
               "_elbow_zsh; true\n");
  const auto complete = [&folder](const std::string& line) {
    test::RunOptions options;
    options.directory = folder.path();
    options.env["LINE"] = line;
    const auto result = test::run({"zsh", "-f", "harness.zsh"}, options);
    EXPECT_EQ(result.err, "") << line;
    return test::lines_of(result.out);
  };
  EXPECT_THAT(complete("elbow tr"), UnorderedElementsAre("train", "traverse"));
  EXPECT_THAT(complete("elbow eval r --par"), ElementsAre("--particles"));
  EXPECT_THAT(complete("elbow eval r --split "), ElementsAre("train", "valid", "test"));
  EXPECT_THAT(complete("elbow resume ru"), Contains("runs/vae-1"));
  EXPECT_THAT(complete("elbow train a.yaml trainer.ep"), ElementsAre("trainer.epochs="));
  EXPECT_THAT(complete("elbow train a.yaml +trainer.ep"), ElementsAre("+trainer.epochs="));
  EXPECT_THAT(complete("elbow train a.yaml dtype=float"),
              ElementsAre("dtype=float32", "dtype=float64"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::cli
