#include "elbow/foundations/core/error.h"

#include <gtest/gtest.h>

namespace elbow {
namespace ELBOW_TEST_FILE {

Diagnostic misspelt() {
  Diagnostic d;
  d.file = "mnist.yaml";
  d.line = 14;
  d.column = 3;
  d.path = "optimizer.learning_rat";
  d.message = "unknown key";
  d.source_line = "  learning_rat: 1e-3";
  d.length = 12;
  d.suggestion = "did you mean 'learning_rate'?";
  d.help = "elbow describe optimizer";
  return d;
}

TEST(FormatDiagnostic, ShowsPlaceLineMarkerAndHelp) {
  EXPECT_EQ(format(misspelt()),
            "mnist.yaml:14:3: error: optimizer.learning_rat: unknown key\n"
            " 14 |   learning_rat: 1e-3\n"
            "    |   ^^^^^^^^^^^^ did you mean 'learning_rate'?\n"
            " help: elbow describe optimizer");
}

TEST(FormatDiagnostic, ShowsTheOverrideInsteadOfAPlace) {
  Diagnostic d;
  d.file = "command line";
  d.path = "optimizer.learning_rate";
  d.source_line = "optimizer.learning_rate=abc";
  d.message = "expected a number > 0, got 'abc' (default 0.001)";
  EXPECT_EQ(format(d),
            "command line: error: optimizer.learning_rate=abc: expected a number > 0, got 'abc' "
            "(default 0.001)");
  d.path = "guide.flows[0].count";
  d.source_line = "guide.flows=[{count: 0}]";
  d.message = "must be >= 1, got 0";
  d.suggestion = "did you mean '1'?";
  EXPECT_EQ(format(d),
            "command line: error: guide.flows=[{count: 0}]: guide.flows[0].count: must be >= 1, "
            "got 0; did you mean '1'?");
}

TEST(FormatDiagnostic, WithoutAPlaceItIsOneLine) {
  Diagnostic d;
  d.file = "mnist.yml";
  d.message = "no such file";
  d.suggestion = "did you mean 'mnist.yaml'?";
  EXPECT_EQ(format(d), "mnist.yml: error: no such file; did you mean 'mnist.yaml'?");
}

TEST(FormatDiagnostic, MarkerStaysUnderCharactersTabsAndLongLines) {
  Diagnostic d = misspelt();
  d.source_line = "\t\xC3\xA4\xE2\x82\xAC: x";
  d.column = 5;
  d.length = 1;
  d.suggestion.clear();
  d.help.clear();
  EXPECT_EQ(format(d).substr(format(d).find('\n')),
            "\n 14 |  \xC3\xA4\xE2\x82\xAC: x\n    |     ^");
  d.source_line = std::string(5000, 'a') + "!" + std::string(5000, 'b');
  d.column = 5001;
  const std::string shown = format(d);
  EXPECT_LT(shown.size(), 400u);
  const std::size_t second = shown.find('\n') + 1, third = shown.find('\n', second) + 1;
  EXPECT_EQ(shown[second + (shown.find('^') - third)], '!');
}

TEST(FormatDiagnostic, EscapesOfAFileDoNotReachTheTerminal) {
  Diagnostic d = misspelt();
  d.source_line = "a: \x1b[31m";
  EXPECT_EQ(format(d).find('\x1b'), std::string::npos);
}

TEST(ConfigError, JoinsAllMistakesAndCountsThem) {
  Diagnostic d;
  d.file = "a.yaml";
  d.line = 2;
  d.column = 1;
  d.path = "x";
  d.message = "unknown key";
  const ConfigError one({d});
  EXPECT_STREQ(one.what(), "a.yaml:2:1: error: x: unknown key\n1 error; nothing was written");
  const ConfigError two({d, d});
  EXPECT_STREQ(two.what(),
               "a.yaml:2:1: error: x: unknown key\na.yaml:2:1: error: x: unknown key\n2 errors; "
               "nothing was written");
  EXPECT_EQ(two.exit_code(), 2);
  EXPECT_EQ(two.diagnostics().size(), 2u);
}

TEST(ExitCodes, FollowTheTable) {
  EXPECT_EQ(UsageError("m", "h").exit_code(), 2);
  EXPECT_EQ(UsageError("m", "h").help(), "h");
  EXPECT_EQ(DataError("m").exit_code(), 2);
  EXPECT_EQ(IoError("m").exit_code(), 74);
  EXPECT_EQ(Stopped("m").exit_code(), 75);
  EXPECT_EQ(NumericalError("m").exit_code(), 86);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
