#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/config/yaml_tree.h"
#include "support/fixture_schema.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

ResolvedConfig load_text(const std::string& text) {
  return load_config_text(text, "vae.yaml", {}, testing::fixture_schema());
}

/// Values looked at while a text was read, and the only message.
std::pair<std::int64_t, std::string> cost_of(const std::string& text) {
  Diagnostics diagnostics;
  const int source = diagnostics.add_file("bomb.yaml");
  diagnostics.set_text(source, text);
  std::int64_t visits = 0;
  parse_yaml(text, source, diagnostics, 0, &visits);
  const auto found = diagnostics.ordered();
  return {visits, found.empty() ? "" : found[0].message};
}

TEST(YamlLimits, ABombOfAliasesStopsAtTheBudget) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  const auto [visits, message] = cost_of(bomb);
  EXPECT_THAT(message, HasSubstr("more than 100000 values, aliases counted"));
  // The value that goes over the budget is counted, not made.
  EXPECT_LT(visits, 10 * YamlLimits::kVisits);
}

TEST(YamlLimits, EachAliasCountsWhatItCopies) {
  std::string text = "a: &x [1";
  for (int i = 0; i < 999; ++i) text += ", 1";
  text += "]\nb: [*x";
  for (int i = 0; i < 200; ++i) text += ", *x";
  EXPECT_THAT(cost_of(text + "]\n").second, HasSubstr("more than 100000 values"));
}

TEST(YamlLimits, NestedAnchorsDoNotMultiplyTheirCopies) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "&n" + std::to_string(i) + " [";
  for (int i = 0; i < 10000; ++i) text += "x, ";
  text += "x" + std::string(60, ']');
  EXPECT_THAT(cost_of(text).second, HasSubstr("more than 100000 values"));
}

TEST(YamlLimits, DepthCyclesAndSizeAreRefused) {
  EXPECT_THAT(cost_of(std::string(65, '[') + std::string(65, ']')).second,
              HasSubstr("nested deeper than 64 levels"));
  EXPECT_EQ(cost_of(std::string(63, '[') + "x" + std::string(63, ']')).second, "");
  EXPECT_THAT(cost_of(std::string(200000, '[')).second, HasSubstr("nested deeper"));
  EXPECT_THAT(cost_of(std::string(100000, '-')).second, "");
  EXPECT_THAT(cost_of("a: &x {b: {c: *x}}").second, HasSubstr("a cycle"));
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "[";
  EXPECT_THAT(cost_of("a: &x " + deep + "1" + std::string(40, ']') + "\nb: " + deep + "*x" +
                      std::string(40, ']'))
                  .second,
              HasSubstr("nested deeper"));
  const std::string big(YamlLimits::kBytes + 1, '#');
  EXPECT_THROW(load_text(big), ConfigError);
}

/// Deterministic mutations of a configuration that is right: bytes changed, cut, doubled and moved.
TEST(LoadConfigFuzz, TenThousandMutationsGiveAValueOrAConfigError) {
  std::mt19937 draw(20240607);
  const std::string alphabet = " \t\n:-[]{},#&*!|>'\"%@`~<=?\\ae019._\xC3\xA4\x00\x7f";
  int accepted = 0, refused = 0;
  for (int i = 0; i < 10000; ++i) {
    std::string text = testing::fixture_config();
    const auto below = [&draw](std::size_t n) {
      return static_cast<std::size_t>(draw() % std::max<std::size_t>(n, 1));
    };
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
      const std::size_t place = below(text.size()), length = below(12);
      switch (draw() % 5) {
        case 0:
          text[place] = alphabet[below(alphabet.size())];
          break;
        case 1:
          text.erase(place, length);
          break;
        case 2:
          text.insert(place, 1, alphabet[below(alphabet.size())]);
          break;
        case 3:
          text.insert(place, text.substr(below(text.size()), length));
          break;
        default:
          text.resize(std::max<std::size_t>(text.size() - length, 1));
          break;
      }
    }
    try {
      const auto config = load_text(text);
      ++accepted;
      ASSERT_EQ(load_text(dump_config(config)).value.dump(), config.value.dump()) << text;
    } catch (const ConfigError& error) {
      ++refused;
      ASSERT_FALSE(error.diagnostics().empty());
      for (const auto& diagnostic : error.diagnostics())
        ASSERT_GT(diagnostic.line, 0) << format(diagnostic) << text;
    }
  }
  EXPECT_GT(accepted, 500);
  EXPECT_GT(refused, 5000);
}

TEST(LoadConfigFuzz, MutatedOverridesGiveAValueOrAConfigError) {
  std::mt19937 draw(11);
  const std::string alphabet = " =.[]{}+~:,'\"0aez_-\xC3\n&*!#";
  const std::vector<std::string> seeds{"guide.flows[0].count=3",
                                       "++objective={type: iwae, num_particles: 5}",
                                       "~trainer.epochs",
                                       "name='a b'"};
  int refused = 0;
  for (int i = 0; i < 2500; ++i) {
    std::string text = seeds[draw() % seeds.size()];
    for (int edit = 0; edit < 2; ++edit) {
      const std::size_t place = draw() % text.size();
      if (draw() % 2 == 0)
        text[place] = alphabet[draw() % alphabet.size()];
      else
        text.insert(place, 1, alphabet[draw() % alphabet.size()]);
    }
    try {
      load_config_text(testing::fixture_config(), "vae.yaml", {text}, testing::fixture_schema());
    } catch (const ConfigError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
