#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "elbow/config/loader.h"
#include "elbow/config/yaml_tree.h"
#include "support/fixture_schema.h"

namespace elbow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ResolvedConfig load_text(const std::string& text) {
  return load_config_text(text, "vae.yaml", {}, testing::fixture_schema());
}

TEST(LoadConfig, WritesEveryDefaultInTheOrderOfTheSchema) {
  const Json value = load_text(testing::fixture_config()).value;
  std::vector<std::string> keys;
  for (const auto& [key, unused] : value.items()) keys.push_back(key);
  EXPECT_THAT(keys,
              ElementsAre("name",
                          "seed",
                          "threads",
                          "dtype",
                          "data",
                          "model",
                          "guide",
                          "objective",
                          "optimizer",
                          "trainer"));
  EXPECT_EQ(value.at("optimizer").begin().key(), "type");
  EXPECT_EQ(value.at("threads"), "auto");
  EXPECT_EQ(value.at("trainer").at("max_time"), 13800.0);
  EXPECT_EQ(value.at("optimizer").at("learning_rate"),
            Json({{"type", "constant"}, {"value", 1e-3}}));
  EXPECT_FALSE(value.at("data").contains("path"));
  EXPECT_TRUE(value.at("optimizer").at("clip_norm").is_number_float());
  EXPECT_TRUE(value.at("model").at("latent_size").is_number_integer());
}

TEST(LoadConfig, DumpLoadsAgainToTheSameBits) {
  const auto config = load_text(testing::fixture_config());
  const std::string text = dump_config(config);
  const auto again = load_text(text);
  EXPECT_EQ(again.value.dump(), config.value.dump());
  EXPECT_THAT(text,
              HasSubstr("    - type: planar  # vae.yaml:12\n      count: 10  # vae.yaml:12\n"));
}

TEST(LoadConfig, EveryDoubleSurvivesTheDump) {
  std::mt19937_64 bits(1);
  auto config = load_text(testing::fixture_config());
  for (int i = 0; i < 2000; ++i) {
    double value = 0.0;
    const std::uint64_t pattern = bits() & 0x7FFFFFFFFFFFFFFFull;
    std::memcpy(&value, &pattern, sizeof value);
    if (!std::isfinite(value) || value == 0.0) continue;
    config.value["optimizer"]["clip_norm"] = value;
    ASSERT_EQ(load_text(dump_config(config)).value["optimizer"]["clip_norm"].get<double>(), value);
  }
}

TEST(LoadConfig, AliasesAreCopiedWithTheirPlaces) {
  const std::string text =
      "data: {type: mnist, binarize: static}\n"
      "model: {latent_size: 2, likelihood: {type: bernoulli, network: &n {type: mlp, hidden_sizes: "
      "[7]}}}\n"
      "guide: {posterior: {type: diag_normal, network: *n}}\n"
      "trainer: {epochs: 1}\n";
  const auto config = load_text(text);
  EXPECT_EQ(config.value["guide"]["posterior"]["network"]["hidden_sizes"], Json({7}));
  EXPECT_EQ(config.origins["guide.posterior.network.hidden_sizes"], "vae.yaml:2");
}

TEST(LoadConfig, IntegersAcceptExactExponentsOnly) {
  const auto size = [](const std::string& text) {
    return load_config_text(
               testing::fixture_config(), "f", {"seed=" + text}, testing::fixture_schema())
        .value["seed"];
  };
  EXPECT_EQ(size("1e5"), 100000);
  EXPECT_EQ(size("1.5e3"), 1500);
  EXPECT_EQ(size("2.0"), 2);
  EXPECT_EQ(size("120e-1"), 12);
  EXPECT_EQ(size("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(size("0e99999"), 0);
  for (const char* wrong : {"1.5",
                            "1e-1",
                            "1.00000000000000000001",
                            "9223372036854775808",
                            "1e19",
                            "1e",
                            "e5",
                            "1e+",
                            "0x1",
                            "--1"})
    EXPECT_THROW(size(wrong), ConfigError) << wrong;
}

TEST(LoadConfig, AWarmUpStartsAtZeroThoughItsScheduleMustBePositive) {
  const auto config = load_config_text(
      testing::fixture_config(),
      "f",
      {"optimizer.learning_rate={type: warmup, from: 0, over_epochs: 1, then: 1e-3}"},
      testing::fixture_schema());
  EXPECT_EQ(config.value["optimizer"]["learning_rate"]["from"], 0.0);
}

TEST(ConfigDifferences, NameEachKeyOnce) {
  const auto load = [](const std::vector<std::string>& overrides) {
    return load_config_text(testing::fixture_config(), "f", overrides, testing::fixture_schema())
        .value;
  };
  const Json plain = load({});
  EXPECT_TRUE(config_differences(plain, load({})).empty());
  EXPECT_THAT(
      config_differences(
          plain, load({"trainer.epochs=20", "~optimizer.clip_norm", "guide.flows[0].count=1"})),
      ElementsAre("guide.flows[0].count: 10 -> 1",
                  "optimizer.clip_norm: 5.0 -> (not set)",
                  "trainer.epochs: 500 -> 20"));
  EXPECT_THAT(config_differences(plain, load({"~guide.flows[1]"})), ::testing::SizeIs(6));
}

TEST(NearestWord, FindsSlipsAndNothingElse) {
  const std::vector<std::string> known{"latent_size", "likelihood", "prior", "z"};
  EXPECT_EQ(nearest_word("laten_size", known), "latent_size");
  EXPECT_EQ(nearest_word("latnet_size", known), "latent_size");
  EXPECT_EQ(nearest_word("Latent-Size", known), "latent_size");
  EXPECT_EQ(nearest_word("piror", known), "prior");
  EXPECT_EQ(nearest_word("likelyhodd", known), "likelihood");
  EXPECT_EQ(nearest_word("lr", known), "");
  EXPECT_EQ(nearest_word("", known), "");
  EXPECT_EQ(nearest_word("objective", known), "");
  EXPECT_EQ(nearest_word(std::string(100000, 'a'), known), "");
}

/// Two edits at random places: at least 95 % of misspelt keys get the right suggestion first.
TEST(NearestWord, RightFirstForTyposOfTwoEdits) {
  std::mt19937 draw(7);
  int right = 0, all = 0;
  for (const auto& info : testing::fixture_schema().components()) {
    std::vector<std::string> known;
    for (const auto& parameter : info.parameters) known.push_back(parameter.name);
    for (const auto& word : known) {
      if (word.size() < 4) continue;
      for (int repeat = 0; repeat < 20; ++repeat) {
        std::string typo = word;
        for (int edit = 0; edit < 1 + repeat % 2; ++edit) {
          const std::size_t place = draw() % (typo.size() - 1);
          const char letter = static_cast<char>('a' + draw() % 26);
          if (const auto kind = draw() % 4; kind == 0)
            typo[place] = letter;
          else if (kind == 1)
            typo.erase(place, 1);
          else if (kind == 2)
            typo.insert(place, 1, letter);
          else
            std::swap(typo[place], typo[place + 1]);
        }
        ++all;
        right += nearest_word(typo, known) == word ? 1 : 0;
      }
    }
  }
  EXPECT_GT(all, 500);
  EXPECT_GE(right, all * 95 / 100);
}

/// Values looked at while a text was read, and the only message.
std::pair<std::int64_t, std::string> cost_of(const std::string& text) {
  Mistakes mistakes;
  const int source = mistakes.add_file("bomb.yaml");
  mistakes.set_text(source, text);
  std::int64_t visits = 0;
  parse_yaml(text, source, mistakes, 0, &visits);
  const auto found = mistakes.ordered();
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

TEST(YamlLimits, NestedAnchorsDoNotMultiplyTheirCopies) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "&n" + std::to_string(i) + " [";
  for (int i = 0; i < 20000; ++i) text += "x, ";
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

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("elbow_config_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_ / "run");
    std::ofstream(folder_ / "mnist.yaml") << testing::fixture_config();
    std::ofstream(folder_ / "run" / "config.yaml") << testing::fixture_config();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  Diagnostic refusal(const std::string& name) const {
    try {
      load_config((folder_ / name).string(), {}, testing::fixture_schema());
    } catch (const ConfigError& error) {
      return error.diagnostics().at(0);
    }
    ADD_FAILURE() << "accepted";
    return {};
  }
  std::filesystem::path folder_;
};

TEST_F(Files, AreReadOrExplained) {
  EXPECT_EQ(
      load_config((folder_ / "mnist.yaml").string(), {}, testing::fixture_schema()).value["seed"],
      3);
  EXPECT_THAT(refusal("minst.yaml").suggestion, HasSubstr("mnist.yaml'?"));
  EXPECT_THAT(refusal("mnist").suggestion, HasSubstr("mnist.yaml'?"));
  EXPECT_THAT(refusal("other.yaml").help, HasSubstr("mnist.yaml"));
  EXPECT_THAT(refusal("nowhere/a.yaml").message, HasSubstr("no such file, nor a folder"));
  EXPECT_THAT(refusal("").message, HasSubstr("got a directory"));
  EXPECT_THAT(refusal("run").suggestion, HasSubstr("run/config.yaml'?"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal("pipe").message, HasSubstr("regular file"));
  std::ofstream(folder_ / "big.yaml") << std::string(2 << 20, '#');
  EXPECT_THAT(refusal("big.yaml").message, HasSubstr("at most 1048576 bytes"));
  std::ofstream(folder_ / "empty.yaml");
  EXPECT_THAT(refusal("empty.yaml").message, HasSubstr("the file is empty"));
}

/// Deterministic mutations of a configuration that is right: bytes changed, cut, doubled and moved.
TEST(LoadConfigFuzz, TwentyThousandMutationsGiveAValueOrAConfigError) {
  std::mt19937 draw(20240607);
  const std::string alphabet = " \t\n:-[]{},#&*!|>'\"%@`~<=?\\ae019._\xC3\xA4\x00\x7f";
  int accepted = 0, refused = 0;
  for (int i = 0; i < 20000; ++i) {
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
  for (int i = 0; i < 5000; ++i) {
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

}  // namespace
}  // namespace elbow
