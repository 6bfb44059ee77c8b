#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/config/yaml_tree.h"
#include "support/fixture_schema.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

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

// A rule that came after a run trained would otherwise make it unreadable.
TEST_F(Files, TheConfigurationOfARunIsReadWithoutTheRulesOfCombinations) {
  const std::string file = (folder_ / "run" / "config.yaml").string();
  std::ofstream(file, std::ios::app) << "  steps: 10\n";
  EXPECT_THAT(refusal("run/config.yaml").message, HasSubstr("both trainer.epochs and"));
  EXPECT_EQ(load_run_config(file, testing::fixture_schema()).value["trainer"]["steps"], 10);
  std::ofstream(file, std::ios::app) << "  stepz: 10\n";
  EXPECT_THROW(load_run_config(file, testing::fixture_schema()), ConfigError);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
