// Help, exit codes, the schema's source text, and what each kind of failure says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <set>

#include "cli/common/command_line.h"
#include "cli/common/component_text.h"
#include "cli/common/exit_codes.h"
#include "cli/common/run_main.h"
#include "cli/common/schema_source.h"
#include "cli/front_test_support.h"
#include "elbow/foundations/core/error.h"
#include "support/fixture_schema.h"

namespace elbow::cli {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Help, NamesEveryFlagOfEveryVerb) {
  for (const auto& verb : verbs()) {
    const std::string text = help_text(verb);
    EXPECT_THAT(text, HasSubstr("elbow " + verb.name));
    for (const auto* table : {&verb.flags, &common_flags()}) {
      for (const auto& flag : *table) {
        EXPECT_THAT(text, HasSubstr("--" + flag.name)) << verb.name;
        EXPECT_THAT(text, HasSubstr(flag.help)) << verb.name;
        EXPECT_FALSE(flag.help.empty()) << verb.name << " --" << flag.name;
      }
    }
  }
}

TEST(Help, GeneralHelpNamesEveryVerb) {
  for (const auto& verb : verbs())
    EXPECT_THAT(general_help(), HasSubstr("\n  " + verb.name + " ")) << verb.name;
}

TEST(Help, FlagNamesAreUniqueWithinAVerb) {
  for (const auto& verb : verbs()) {
    std::set<std::string> seen;
    for (const auto* table : {&verb.flags, &common_flags()}) {
      for (const auto& flag : *table) {
        EXPECT_TRUE(seen.insert("--" + flag.name).second) << verb.name << " --" << flag.name;
        if (!flag.short_name.empty()) {
          EXPECT_TRUE(seen.insert("-" + flag.short_name).second)
              << verb.name << " -" << flag.short_name;
        }
      }
    }
  }
}

TEST(Help, TheDocumentIsWhatTheProgramPrints) {
  EXPECT_EQ(test::read_text(std::string(ELBOW_SOURCE_DIR) + "/docs/cli.md"), markdown_help())
      << "elbow help --markdown > docs/cli.md";
}

TEST(ExitCodes, TextAndDocumentHoldEveryCode) {
  for (const int code :
       {kDone, kInternalError, kUserError, kIoFailure, kStopped, kNumericalFailure, kInterrupted}) {
    const auto& table = exit_code_table();
    const auto row = std::find_if(
        table.begin(), table.end(), [code](const ExitCodeRow& r) { return r.code == code; });
    ASSERT_NE(row, table.end()) << code;
    EXPECT_THAT(exit_codes_text(), HasSubstr(std::to_string(code) + "  " + row->meaning));
    EXPECT_THAT(markdown_help(), HasSubstr("| " + std::to_string(code) + " | " + row->meaning));
  }
}

/// Joins the raw string literals of a C++ text.
std::string literals_of(const std::string& source) {
  std::string out;
  for (auto at = source.find("R\""); at != std::string::npos; at = source.find("R\"", at)) {
    const auto open = source.find('(', at);
    const std::string close = ")" + source.substr(at + 2, open - at - 2) + "\"";
    const auto end = source.find(close, open);
    EXPECT_LE(end - open, 16000u);
    out += source.substr(open + 1, end - open - 1);
    at = end + close.size();
  }
  return out;
}

TEST(SchemaSource, HoldsTheSchemaInPiecesBelow16KB) {
  std::vector<ComponentInfo> many = testing::fixture_schema().components();
  for (int i = 0; i < 200; ++i) {
    many.push_back(testing::fixture_row(
        "network", "copy" + std::to_string(i), {Parameter::text("key", "a )json\" b µ \\ 'c'")}));
  }
  const Schema schema(many);
  const std::string source = schema_source(schema);
  const std::string json = literals_of(source);
  EXPECT_EQ(Json::parse(json), schema.to_json());
  EXPECT_THAT(source, HasSubstr("kSchemaJsonSize = " + std::to_string(json.size()) + ";"));
  for (const char c : source) EXPECT_LT(static_cast<unsigned char>(c), 128);
}

TEST(Describe, ShowsTypeDefaultRangeAndHelpOfEachParameter) {
  const std::string text =
      describe_text(*testing::fixture_schema().find("network", "mlp"), testing::fixture_schema());
  EXPECT_THAT(text, HasSubstr("dropout"));
  EXPECT_THAT(text, HasSubstr(">= 0, < 1"));
  EXPECT_THAT(text, HasSubstr("relu|tanh|elu"));
  EXPECT_THAT(text, HasSubstr("[400,400]"));
  EXPECT_THAT(
      describe_text(*testing::fixture_schema().section("experiment"), testing::fixture_schema()),
      HasSubstr("integer or 'auto'"));
}

template <class T>
FailureText failure(const T& thrown, bool trace = false) {
  return describe_failure(std::make_exception_ptr(thrown), trace);
}

TEST(Failure, EachTypeHasItsExitCode) {
  EXPECT_EQ(failure(UsageError("x")).exit_code, 2);
  EXPECT_EQ(failure(DataError("x")).exit_code, 2);
  EXPECT_EQ(failure(ConfigError({Diagnostic{}})).exit_code, 2);
  EXPECT_EQ(failure(IoError("x")).exit_code, 74);
  EXPECT_EQ(failure(Stopped("x")).exit_code, 75);
  EXPECT_EQ(failure(NumericalError("x")).exit_code, 86);
  EXPECT_EQ(failure(std::bad_alloc()).exit_code, 2);
  EXPECT_EQ(failure(std::out_of_range("x")).exit_code, 1);
  EXPECT_EQ(failure(42).exit_code, 1);
}

TEST(Failure, AnInternalErrorIsOneLineWithoutItsTraceAndAsksForAReport) {
  const auto plain = failure(std::runtime_error("shapes differ\nframe #0: c10::Error"));
  EXPECT_THAT(plain.text, HasSubstr("error: internal: shapes differ\n"));
  EXPECT_THAT(plain.text, HasSubstr("please report"));
  EXPECT_THAT(plain.text, Not(HasSubstr("frame #0")));
  EXPECT_THAT(plain.json_lines, Not(HasSubstr("frame #0")));
  EXPECT_THAT(failure(std::runtime_error("shapes differ\nframe #0"), /*trace=*/true).text,
              HasSubstr("frame #0"));
}

TEST(Failure, APlainErrorGetsItsLabelAndAPlacedOneKeepsIts) {
  EXPECT_EQ(failure(DataError("a.gz: cut", "get it again")).text,
            "error: a.gz: cut\n help: get it again\n");
  EXPECT_EQ(failure(UsageError("command line: error: --n: x")).text,
            "command line: error: --n: x\n");
}

TEST(Failure, ASavedStopIsNotCalledAnError) {
  const auto stopped = failure(Stopped("stopped after step 5; elbow resume runs/a"));
  EXPECT_EQ(stopped.text, "stopped after step 5; elbow resume runs/a\n");
  EXPECT_EQ(Json::parse(stopped.json_lines).at("event"), "stopped");
}

TEST(Failure, EveryMistakeOfAConfigurationIsOneJsonLine) {
  Diagnostic first, second;
  first.file = second.file = "a.yaml";
  first.line = 3, first.column = 5, first.path = "model.latent_sice", first.message = "unknown key";
  first.suggestion = "did you mean 'latent_size'?";
  second.line = 9, second.column = 1, second.path = "trainer.epochs",
  second.message = "must be >= 1, got 0";
  const auto both = failure(ConfigError({first, second}));
  const auto lines = test::lines_of(both.json_lines);
  ASSERT_EQ(lines.size(), 2u);
  const Json json = Json::parse(lines[0]);
  EXPECT_EQ(json.at("schema"), 1);
  EXPECT_EQ(json.at("event"), "error");
  EXPECT_EQ(json.at("code"), 2);
  EXPECT_EQ(json.at("file"), "a.yaml");
  EXPECT_EQ(json.at("line"), 3);
  EXPECT_EQ(json.at("column"), 5);
  EXPECT_EQ(json.at("path"), "model.latent_sice");
  EXPECT_THAT(both.text, HasSubstr("a.yaml:9:1: error: trainer.epochs: must be >= 1, got 0"));
  EXPECT_THAT(both.text, HasSubstr("2 errors; nothing was written\n"));
}

TEST(Failure, AMessageThatIsNotUtf8StillIsJson) {
  const Json line = Json::parse(failure(DataError("bad\xff.npy: cut")).json_lines);
  EXPECT_THAT(line.at("message").get<std::string>(), HasSubstr(".npy: cut"));
}

TEST(Describe, SaysWhatObjectivesAndEstimatorsGoTogether) {
  ComponentInfo bound, noise;
  bound.kind = "objective";
  bound.name = "bound";
  ObjectiveTraits traits;
  traits.estimators = {"loud", "wrong"};
  traits.unbiased = {"loud"};
  traits.is_lower_bound = Guarantee::always();
  bound.traits = traits;
  noise.kind = "estimator";
  noise.name = "loud";
  EstimatorTraits of_noise;
  of_noise.latents = EstimatorLatents::binary;
  noise.traits = of_noise;
  ComponentInfo wrong = noise;
  wrong.name = "wrong";
  of_noise.latents = EstimatorLatents::continuous;
  wrong.traits = of_noise;
  const Schema schema({bound, noise, wrong});
  EXPECT_THAT(describe_text(bound, schema),
              ::testing::AllOf(HasSubstr("estimators without bias: loud\n"),
                               HasSubstr("estimators with a bias: wrong\n"),
                               HasSubstr("a lower bound of log p(x): for every K")));
  EXPECT_THAT(describe_text(noise, schema),
              ::testing::AllOf(HasSubstr("latents: binary"),
                               HasSubstr("objectives without bias: bound\n")));
  EXPECT_THAT(describe_text(wrong, schema), HasSubstr("objectives with a bias: bound\n"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::cli
