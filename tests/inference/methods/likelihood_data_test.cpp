// Data that a likelihood cannot score are refused before training, naming both sides and a way out.
#include <gmock/gmock.h>

#include "elbow/foundations/core/error.h"
#include "inference/methods/tiny_build.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// What building says of a table and a likelihood: empty where it takes them.
std::string refusal_of(const std::string& rows, const std::string& likelihood) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/t.csv";
  io::write_file(path, rows);
  try {
    testing::build_tiny({"++data={type: table, path: '" + path + "'}",
                         "++model.likelihood=" + likelihood,
                         "++model.likelihood.network={type: mlp, hidden_sizes: [4]}"});
  } catch (const Error& error) {
    return std::string(error.what()) + "; " + error.help();
  }
  return "";
}

TEST(LikelihoodData, CountsAreWholeAndNotNegative) {
  for (const char* name : {"poisson", "negative_binomial", "zero_inflated_negative_binomial"}) {
    const std::string likelihood = std::string("{type: ") + name + "}";
    EXPECT_EQ(refusal_of("0,3\n2,700\n", likelihood), "");
    EXPECT_THAT(refusal_of("0,3\n2,-1\n", likelihood),
                AllOf(HasSubstr("t.csv:2: expected a count (0, 1, 2, ...) in column 2, found -1"),
                      HasSubstr("model.likelihood.type=normal"),
                      HasSubstr(name)));
    EXPECT_THAT(refusal_of("0,3\n1.5,2\n", likelihood), HasSubstr("column 1, found 1.5"));
  }
}

TEST(LikelihoodData, PositiveAndOpenSupportsHaveNoEnds) {
  EXPECT_EQ(refusal_of("0.5,3\n2,700\n", "{type: gamma}"), "");
  for (const char* name : {"gamma", "log_normal"})
    EXPECT_THAT(refusal_of("0.5,3\n2,0\n", std::string("{type: ") + name + "}"),
                HasSubstr("expected a number above 0 in column 2, found 0"));
  EXPECT_EQ(refusal_of("0.5,0.25\n0.9,0.1\n", "{type: beta}"), "");
  for (const char* value : {"0", "1", "1.5"})
    EXPECT_THAT(refusal_of("0.5,0.25\n0.9," + std::string(value) + "\n", "{type: beta}"),
                HasSubstr("a number between 0 and 1, without the ends"));
  for (const char* name : {"student_t", "laplace"})
    EXPECT_EQ(refusal_of("-0.5,0.25\n0.9,100\n", std::string("{type: ") + name + "}"), "");
}

TEST(LikelihoodData, CodesAreBelowTheNumberOfClasses) {
  for (const char* name : {"categorical", "ordinal"}) {
    const std::string likelihood = std::string("{type: ") + name + ", num_classes: 3}";
    EXPECT_EQ(refusal_of("0,2\n1,1\n", likelihood), "");
    EXPECT_THAT(refusal_of("0,2\n1,3\n", likelihood),
                AllOf(HasSubstr("the code of a class (0 to 2) in column 2, found 3"),
                      HasSubstr("model.likelihood.num_classes")));
    EXPECT_THAT(refusal_of("0,2\n1,0.5\n", likelihood), HasSubstr("found 0.5"));
  }
}

TEST(LikelihoodData, LevelsLieOnTheGrid) {
  const std::string integers = "{type: discretized_logistic, levels: integers, num_levels: 8}";
  EXPECT_EQ(refusal_of("0,7\n3,1\n", integers), "");
  EXPECT_THAT(refusal_of("0,8\n3,1\n", integers), HasSubstr("a whole number from 0 to 7"));
  const std::string quarters = "{type: discretized_logistic, num_levels: 5}";
  EXPECT_EQ(refusal_of("0,0.25\n1,0.75\n", quarters), "");
  EXPECT_THAT(refusal_of("0,0.3\n1,0.75\n", quarters),
              AllOf(HasSubstr("a level from 0 to 1 in steps of 1/4"), HasSubstr("num_levels")));
}

TEST(LikelihoodData, RulesKnowTheValuesOfASet) {
  const auto refusal = [](const std::vector<std::string>& overrides) -> std::string {
    try {
      testing::build_tiny(overrides);
    } catch (const ConfigError& error) {
      const Diagnostic& first = error.diagnostics().front();
      return first.path + ": " + first.message + "; " + first.help;
    }
    return "";
  };
  const std::string grey = "data.binarize=none";
  for (const char* name : {"poisson", "ordinal", "gamma", "beta"})
    EXPECT_THAT(refusal({grey, std::string("++model.likelihood={type: ") + name + "}"}),
                AllOf(HasSubstr("model.likelihood.type"),
                      HasSubstr("has grey values"),
                      HasSubstr("discretized_logistic")))
        << name;
  EXPECT_EQ(refusal({grey, "++model.likelihood={type: discretized_logistic}"}), "");
  EXPECT_THAT(refusal({grey, "++model.likelihood={type: discretized_logistic, num_levels: 16}"}),
              AllOf(HasSubstr("num_levels"), HasSubstr("256 levels")));
  EXPECT_THAT(refusal({grey, "++model.likelihood={type: discretized_logistic, levels: integers}"}),
              HasSubstr("k / 255"));
  EXPECT_THAT(refusal({"++model.likelihood={type: gamma}"}), HasSubstr("leaves only 0 and 1"));
  EXPECT_EQ(refusal({"++model.likelihood={type: poisson}"}), "");
  EXPECT_THAT(refusal({"++data={type: synthetic_two_moons}", "++model.likelihood={type: poisson}"}),
              HasSubstr("has real values; set model.likelihood.type=normal"));
  EXPECT_THAT(
      refusal({grey, "++model.likelihood={type: laplace, scale: fixed, min_log_scale: -3}"}),
      HasSubstr("'fixed'"));
  EXPECT_THAT(refusal({"++model.likelihood={type: negative_binomial, dispersion: fixed, "
                       "min_log_dispersion: -3}"}),
              HasSubstr("is the limit of a learned dispersion"));
}

TEST(LikelihoodData, CountsAreNotStandardised) {
  try {
    testing::build_tiny({"++data={type: table, path: x.csv, standardize: true}",
                         "++model.likelihood={type: poisson}"});
    FAIL() << "standardised counts are no counts";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.diagnostics().front().path, "data.standardize");
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
