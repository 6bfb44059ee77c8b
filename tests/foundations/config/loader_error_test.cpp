#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "elbow/foundations/config/loader.h"
#include "support/fixture_schema.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

/// One edit of the configuration that is right, and the first mistake it must give.
struct Broken {
  const char* name;
  const char* from;  ///< this text of the fixture ...
  const char* to;    ///< ... becomes this one
  int line, column;
  const char* path;
  const char* message;
  const char* suggestion = "";
};

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

std::string edited(const Broken& broken) {
  std::string text = testing::fixture_config();
  const std::size_t at = text.find(broken.from);
  EXPECT_NE(at, std::string::npos) << "the fixture has no '" << broken.from << "'";
  return text.replace(at, std::string(broken.from).size(), broken.to);
}

std::vector<Diagnostic> mistakes_in(const std::string& text,
                                    const std::vector<std::string>& overrides = {}) {
  try {
    load_config_text(text, "vae.yaml", overrides, testing::fixture_schema());
  } catch (const ConfigError& error) {
    return error.diagnostics();
  }
  return {};
}

std::string broken_name(const ::testing::TestParamInfo<Broken>& broken) {
  return broken.param.name;
}

class BrokenConfig : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenConfig, NamesPlaceReasonAndRemedy) {
  const Broken& broken = GetParam();
  const auto found = mistakes_in(edited(broken));
  ASSERT_EQ(found.size(), 1u) << (found.size() > 1 ? format(found[1]) : "");
  EXPECT_EQ(found[0].file, "vae.yaml");
  EXPECT_EQ(found[0].line, broken.line) << format(found[0]);
  EXPECT_EQ(found[0].column, broken.column) << format(found[0]);
  EXPECT_EQ(found[0].path, broken.path);
  EXPECT_THAT(found[0].message, HasSubstr(broken.message));
  if (std::string(broken.suggestion).empty())
    EXPECT_EQ(found[0].suggestion, "");
  else
    EXPECT_THAT(found[0].suggestion, HasSubstr(broken.suggestion));
  for (const char* leak : {"std::", "yaml-cpp", "YAML::", "bad conversion", "nlohmann", "0x7f"})
    EXPECT_THAT(format(found[0]), ::testing::Not(HasSubstr(leak)));
}

// One row is one case.
// clang-format off
const Broken kKeys[] = {
    {"UnknownTopKey", "seed: 3", "sede: 3", 2, 1, "sede", "unknown key", "did you mean 'seed'?"},
    {"UnknownKeyInSection", "  latent_size: 40", "  latent_size: 40\n  laten_size: 2", 9, 3, "model.laten_size", "unknown key", "'latent_size'"},
    {"UnknownKeyInComponent", "clip_norm", "clip_nrm", 19, 3, "optimizer.clip_nrm", "unknown key", "'clip_norm'"},
    {"UnknownKeyInFlowMap", "activation: tanh", "activatoin: tanh", 9, 80, "model.likelihood.network.activatoin", "unknown key", "'activation'"},
    {"UnknownKeyInListItem", "      count: 4", "      cuont: 4", 14, 7, "guide.flows[1].cuont", "unknown key", "'count'"},
    {"KeyOfAnotherSection", "  batch_size: 100", "  num_particles: 5", 22, 3, "trainer.num_particles", "unknown key", "'num_particles' of objective elbo"},
    {"KeyOfTheTopLevel", "  batch_size: 100", "  seed: 5", 22, 3, "trainer.seed", "unknown key", "'seed' at the top level"},
    {"KeyThatIsAComponent", "seed: 3", "fashion_mnist_smal: 1", 2, 1, "fashion_mnist_smal", "unknown key", "data 'fashion_mnist_small'"},
    {"NothingIsNear", "seed: 3", "qqqqqq: 3", 2, 1, "qqqqqq", "unknown key"},
    {"UpperCaseKey", "seed: 3", "SEED: 3", 2, 1, "SEED", "unknown key", "'seed'"},
    {"HyphenForUnderscore", "batch_size", "batch-size", 22, 3, "trainer.batch-size", "unknown key", "'batch_size'"},
    {"DuplicateKey", "  batch_size: 100", "  epochs: 100", 22, 3, "trainer.epochs", "duplicate key, first set at line 21"},
    {"DuplicateTopKey", "seed: 3", "name: x", 2, 1, "name", "duplicate key, first set at line 1"},
    {"DuplicateType", "  binarize: dynamic", "  type: mnist", 5, 3, "data.type", "duplicate key, first set at line 4"},
    {"MissingRequiredKey", "latent_size: 40", "prior: {type: standard_normal}", 7, 1, "model.latent_size", "missing key (expected an integer >= 1)"},
    {"MissingKeyOfComponent", "{type: elbo, beta: {type: linear, from: 0.01, to: 1.0, over_epochs: 10}}", "{type: iwae}", 15, 1, "objective.num_particles", "missing key"},
    {"MissingType", "  type: adam  ", "  # none    ", 16, 1, "optimizer.type", "adam, sgd"},
    {"MissingTypeInList", "{type: planar, count: 10}", "{count: 10}", 12, 7, "guide.flows[0].type", "planar, coupling"},
    {"UnknownType", "type: adam", "type: adem", 17, 9, "optimizer.type", "no component of kind optimizer is called 'adem'", "'adam'"},
    {"UnknownTypeHidesItsKeys", "{type: planar, count: 10}", "{type: planer, layers: 10}", 12, 14, "guide.flows[0].type", "is called 'planer'", "'planar'"},
    {"TypeOfAnotherKind", "type: adam", "type: planar", 17, 9, "optimizer.type", "no component of kind optimizer", "'planar' is of kind flow"},
    {"TypeIsAList", "type: adam", "type: [adam]", 17, 9, "optimizer.type", "expected one of adam, sgd"},
    {"ComponentAsWord", "likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: [400, 300], activation: tanh}}", "likelihood: bernoulli", 9, 15, "model.likelihood", "expected a map with the key 'type', got 'bernoulli'", "'{type: bernoulli}'"},
    {"TypeOnlyInComponents", "  batch_size: 100", "  type: sgd", 22, 3, "trainer.type", "unknown key"},
};
INSTANTIATE_TEST_SUITE_P(Keys, BrokenConfig, ::testing::ValuesIn(kKeys), broken_name);

const Broken kValues[] = {
    {"TextForInteger", "seed: 3", "seed: many", 2, 7, "seed", "expected an integer >= 0, got 'many' (default 1)"},
    {"FractionForInteger", "latent_size: 40", "latent_size: 4.5", 8, 16, "model.latent_size", "expected an integer >= 1, got '4.5'"},
    {"SmallExponentForInteger", "latent_size: 40", "latent_size: 4e-1", 8, 16, "model.latent_size", "expected an integer"},
    {"LeadingZero", "latent_size: 40", "latent_size: 040", 8, 16, "model.latent_size", "leading zeros are not used"},
    {"Hexadecimal", "latent_size: 40", "latent_size: 0x28", 8, 16, "model.latent_size", "expected an integer"},
    {"Underscores", "latent_size: 40", "latent_size: 4_0", 8, 16, "model.latent_size", "expected an integer"},
    {"QuotedNumber", "latent_size: 40", "latent_size: '40'", 8, 16, "model.latent_size", "got '40' in quotes"},
    {"TooLargeInteger", "seed: 3", "seed: 99999999999999999999", 2, 7, "seed", "at most 64 bits"},
    {"HugeExponentInteger", "seed: 3", "seed: 1e999999999999", 2, 7, "seed", "at most 64 bits"},
    {"BelowRange", "latent_size: 40", "latent_size: 0", 8, 16, "model.latent_size", "must be >= 1, got 0"},
    {"AboveRange", "batch_size: 100", "batch_size: 1e9", 22, 15, "trainer.batch_size", "must be in [1, 1000000], got 1e9"},
    {"NegativeSeed", "seed: 3", "seed: -1", 2, 7, "seed", "must be >= 0, got -1"},
    {"RangeInListItem", "count: 10", "count: 0", 12, 29, "guide.flows[0].count", "must be >= 1, got 0"},
    {"ExclusiveBound", "clip_norm: 5.0", "clip_norm: 0.0", 19, 14, "optimizer.clip_norm", "must be > 0, got 0.0"},
    {"NotANumber", "clip_norm: 5.0", "clip_norm: .nan", 19, 14, "optimizer.clip_norm", "expected a number > 0, got '.nan'"},
    {"Infinite", "clip_norm: 5.0", "clip_norm: .inf", 19, 14, "optimizer.clip_norm", "expected a number > 0, got '.inf'"},
    {"Overflow", "clip_norm: 5.0", "clip_norm: 1e999", 19, 14, "optimizer.clip_norm", "too large or too small for a double"},
    {"DecimalComma", "clip_norm: 5.0", "clip_norm: 5,0", 19, 14, "optimizer.clip_norm", "got '5,0'"},
    {"NumberWithUnit", "clip_norm: 5.0", "clip_norm: 5nats", 19, 14, "optimizer.clip_norm", "got '5nats'"},
    {"TwoNumbers", "clip_norm: 5.0", "clip_norm: 5 6", 19, 14, "optimizer.clip_norm", "got '5 6'"},
    {"YesForBoolean", "  batch_size: 100", "  progress: yes", 22, 13, "trainer.progress", "expected true or false, got 'yes'"},
    {"CapitalBoolean", "  batch_size: 100", "  progress: True", 22, 13, "trainer.progress", "got 'True'"},
    {"UnknownChoice", "binarize: dynamic", "binarize: dynamc", 5, 13, "data.binarize", "expected one of none, threshold, static, dynamic", "'dynamic'"},
    {"NearChoiceInFlowMap", "activation: tanh", "activation: tahn", 9, 92, "model.likelihood.network.activation", "expected one of relu, tanh, elu, got 'tahn' (default relu)", "'tanh'"},
    {"ListForScalar", "seed: 3", "seed: [3]", 2, 7, "seed", "expected an integer >= 0, got a list"},
    {"MapForScalar", "seed: 3", "seed: {a: 3}", 2, 7, "seed", "got a map"},
    {"NothingForScalar", "seed: 3", "seed:", 2, 1, "seed", "got nothing"},
    {"ScalarForList", "[400, 300]", "400", 9, 68, "model.likelihood.network.hidden_sizes", "expected a list of integers >= 1, got '400'", "'[400]'"},
    {"WrongItemInList", "[400, 300]", "[400, wide]", 9, 74, "model.likelihood.network.hidden_sizes[1]", "expected an integer >= 1, got 'wide'"},
    {"RangeInList", "[400, 300]", "[400, 0]", 9, 74, "model.likelihood.network.hidden_sizes[1]", "must be >= 1, got 0"},
    {"MapForListOfComponents", "  likelihood: {type: bernoulli", "  prior: [{type: standard_normal}]\n  likelihood: {type: bernoulli", 9, 10, "model.prior", "expected a map with the key 'type', got a list"},
    {"ListForSection", "checkpoint: {every_epochs: 5, keep: 3}", "checkpoint: [5, 3]", 24, 15, "trainer.checkpoint", "expected a map of keys, got a list"},
    {"NothingForSection", "checkpoint: {every_epochs: 5, keep: 3}", "checkpoint:", 24, 3, "trainer.checkpoint", "expected a map of keys, got nothing"},
    {"BadDuration", "3h50m", "3hours", 23, 13, "trainer.max_time", "expected a duration > 0 (90s, 15m, 3h50m), got '3hours'"},
    {"DurationOutOfOrder", "3h50m", "50m3h", 23, 13, "trainer.max_time", "expected a duration"},
    {"NegativeDuration", "3h50m", "-5", 23, 13, "trainer.max_time", "expected a duration"},
    {"ZeroDuration", "3h50m", "0s", 23, 13, "trainer.max_time", "must be > 0, got 0s"},
    {"ScheduleAsText", "learning_rate: 1.0e-3", "learning_rate: fast", 18, 18, "optimizer.learning_rate", "expected a number > 0 or a schedule {type: ...}, got 'fast'"},
    {"ScheduleName", "learning_rate: 1.0e-3", "learning_rate: linear", 18, 18, "optimizer.learning_rate", "got 'linear'", "{type: linear"},
    {"RangeOfShorthandSchedule", "learning_rate: 1.0e-3", "learning_rate: 0", 18, 18, "optimizer.learning_rate", "must be > 0, got 0"},
    {"RangeInsideSchedule", "to: 1.0", "to: 101", 15, 62, "objective.beta.to", "must be in [0, 100], got 101"},
    {"RangeInsideWrappedSchedule", "1.0e-3", "{type: warmup, over_steps: 5, then: {type: constant, value: 0}}", 18, 78, "optimizer.learning_rate.then.value", "must be > 0, got 0"},
};
INSTANTIATE_TEST_SUITE_P(Values, BrokenConfig, ::testing::ValuesIn(kValues), broken_name);

const Broken kYaml[] = {
    {"Tab", "  type: mnist", "\ttype: mnist", 4, 1, "", "a tab in the indentation"},
    {"TabAfterSpaces", "  type: mnist", " \ttype: mnist", 4, 2, "", "a tab in the indentation"},
    {"TooDeepIndentation", "  binarize: dynamic", "    binarize: dynamic", 5, 5, "", "this line fits no section above it"},
    {"TooFlatIndentation", "      count: 4", "     count: 4", 14, 6, "", "this line fits no list above it"},
    {"OpenQuote", "name: vae-planar", "name: 'vae-planar", 1, 7, "", "a quote is not closed on its line"},
    {"OpenDoubleQuote", "binarize: dynamic", "binarize: \"dynamic", 5, 13, "", "a quote is not closed on its line"},
    {"OpenBracket", "[400, 300]", "[400, 300", 9, 68, "", "'[' is not closed by ']'"},
    {"WrongBracket", "[400, 300]", "[400, 300}", 9, 68, "", "'[' is not closed by ']'"},
    {"BracketTooMany", "name: vae-planar", "name: {a: 1}}", 1, 13, "", "a closing bracket without an opening one"},
    {"OpenBrace", "{patience: 50}", "{patience: 50", 25, 19, "", "'{' is not closed"},
    {"ColonInValue", "name: vae-planar", "name: vae: planar", 1, 10, "", "':' is not expected here"},
    {"AtSign", "name: vae-planar", "name: @vae", 1, 7, "", "this character cannot start a value"},
    {"UnknownAnchor", "seed: 3", "seed: *s", 2, 7, "", "the alias names no anchor"},
    {"Cycle", "hidden_sizes: [400, 300]", "hidden_sizes: &h [400, *h]", 9, 77, "", "a cycle"},
    {"Tag", "seed: 3", "seed: !!int 3", 2, 7, "", "tags ('tag:yaml.org,2002:int') are not used here"},
    {"Merge", "seed: 3", "<<: {seed: 3}", 2, 1, "", "'<<' merges are not used here"},
    {"ListAsKey", "seed: 3", "[a, b]: 3", 2, 1, "", "expected a word as key"},
    {"EmptyKey", "seed: 3", ": 3", 2, 1, "", "expected a word as key"},
    {"SecondDocument", "seed: 3", "---\nseed: 3", 2, 1, "", "expected one YAML document"},
    {"BadEscape", "name: vae-planar", "name: \"vae\\planar\"", 1, 13, "", "unknown escape in double quotes"},
    {"Utf8Column", "likelihood: {type: bernoulli", "likelihood: {# \xC3\xA4\n   tipe: 1, type: bernoulli", 10, 4, "model.likelihood.tipe", "unknown key", "'type'"},
};
INSTANTIATE_TEST_SUITE_P(Yaml, BrokenConfig, ::testing::ValuesIn(kYaml), broken_name);

const Broken kCombinations[] = {
    {"GreyDataForBernoulli", "binarize: dynamic", "binarize: none", 5, 13, "data.binarize", "the likelihood 'bernoulli' scores 0 and 1 only"},
    {"DefaultGreyDataForBernoulli", "  binarize: dynamic         # 5\n", "", 3, 1, "data.binarize", "'none' leaves grey values"},
    {"BinaryDataForContinuous", "{type: bernoulli", "{type: continuous_bernoulli", 9, 22, "model.likelihood.type", "data.binarize 'dynamic' leaves only 0 and 1"},
    {"EpochsAndSteps", "  batch_size: 100", "  steps: 100", 22, 10, "trainer.steps", "both trainer.epochs and trainer.steps"},
    {"NeitherEpochsNorSteps", "  epochs: 500", "  #", 20, 1, "trainer", "neither trainer.epochs nor trainer.steps"},
    {"EarlyStoppingWithoutValidation", "validation_size: 10000", "validation_size: 0", 25, 3, "trainer.early_stopping", "needs a validation set"},
    {"KeepNone", "keep: 3", "keep: 0", 24, 39, "trainer.checkpoint.keep", "must be >= 1"},
    {"TwoCheckpointIntervals", "every_epochs: 5, keep: 3", "every_epochs: 5, every_steps: 3", 24, 46, "trainer.checkpoint.every_steps", "set together with trainer.checkpoint.every_epochs"},
    {"MoreMicroBatchesThanExamples", "  max_time: 3h50m", "  accumulate: 101", 23, 15, "trainer.accumulate", "cannot be split into 101 micro-batches"},
    {"ScheduleWithTwoLengths", "over_epochs: 10", "over_epochs: 10, over_steps: 9", 15, 96, "objective.beta.over_steps", "expected one of over_epochs, over_steps"},
    {"ScheduleWithoutLength", ", over_epochs: 10", "", 15, 25, "objective.beta", "expected one of over_epochs, over_steps, got none"},
};
INSTANTIATE_TEST_SUITE_P(Combinations, BrokenConfig, ::testing::ValuesIn(kCombinations), broken_name);

// clang-format on
TEST(LoadConfig, TheFixtureItselfIsRight) {
  EXPECT_EQ(mistakes_in(testing::fixture_config()).size(), 0u);
}

TEST(LoadConfig, MissingKeyOfAScheduleIsNamed) {
  const auto found = mistakes_in(edited({"", "from: 0.01, ", "", 0, 0, "", ""}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "objective.beta.from");
  EXPECT_EQ(found[0].line, 15);
}

TEST(LoadConfig, ColumnsCountCharactersNotBytes) {
  const auto found = mistakes_in("{name: \"\xC3\xA4\xE2\x82\xAC\", sede: 3}\n");
  ASSERT_FALSE(found.empty());
  const auto unknown = std::find_if(
      found.begin(), found.end(), [](const Diagnostic& d) { return d.path == "sede"; });
  ASSERT_NE(unknown, found.end());
  EXPECT_EQ(unknown->column, 14);
}

TEST(LoadConfig, ConvolutionsAndBernoulliNeedFittingData) {
  const std::string text =
      "data: {type: table, path: t.csv}\nmodel: {latent_size: 2, likelihood: {type: bernoulli, "
      "network: {type: conv}}}\n"
      "trainer: {epochs: 1}\n";
  const auto found = mistakes_in(text);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].path, "model.likelihood.type");
  EXPECT_THAT(found[0].message, HasSubstr("table has real values"));
  EXPECT_EQ(found[1].path, "model.likelihood.network.type");
  EXPECT_THAT(found[1].message, HasSubstr("are vectors"));
}

TEST(LoadConfig, AllMistakesInOneRunOrderedByLineThenCommandLine) {
  const std::string text =
      "sede: 3\ndata: {type: minst}\nmodel: {latent_size: 0}\noptimizer: {type: adam, betas: "
      "1}\ntrainer: {epochs: 1, epochs: 2}\n";
  const auto found = mistakes_in(text, {"objective.beta=abc", "dtype=float16"});
  ASSERT_EQ(found.size(), 7u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(found[static_cast<std::size_t>(i)].line, i + 1);
  EXPECT_EQ(found[5].file, "command line");
  EXPECT_EQ(found[5].path, "objective.beta");
  EXPECT_EQ(found[6].path, "dtype");
}

TEST(LoadConfig, AnEmptyFileAListAndAWordAreExplained) {
  for (const char* empty : {"", "\n\n", "# nothing\n", "---\n", "null\n"}) {
    const auto found = mistakes_in(empty);
    ASSERT_EQ(found.size(), 1u) << empty;
    EXPECT_THAT(found[0].message, HasSubstr("the file is empty"));
  }
  EXPECT_THAT(mistakes_in("- a\n- b\n")[0].message,
              HasSubstr("expected a map of sections, got a list"));
  EXPECT_THAT(mistakes_in("hello\n")[0].message,
              HasSubstr("expected a map of sections, got 'hello'"));
}

TEST(LoadConfig, EncodingMistakesHaveAPlace) {
  const auto latin1 = mistakes_in("name: x\nseed: \xE4\n");
  ASSERT_EQ(latin1.size(), 1u);
  EXPECT_EQ(latin1[0].line, 2);
  EXPECT_EQ(latin1[0].column, 7);
  EXPECT_THAT(latin1[0].message, HasSubstr("expected UTF-8 text, got the byte 0xE4"));
  EXPECT_THAT(mistakes_in(std::string("name: \0x", 8))[0].message, HasSubstr("NUL"));
  EXPECT_THAT(mistakes_in("name: \x04x\n")[0].message, HasSubstr("control character 0x04"));
  EXPECT_THAT(mistakes_in("\xFF\xFEn")[0].message, HasSubstr("UTF-16"));
  EXPECT_THAT(mistakes_in("a: \xC0\xAF\n")[0].message, HasSubstr("UTF-8"));
  const auto nul = mistakes_in("name: \"a\\0b\"\n");
  EXPECT_TRUE(std::any_of(nul.begin(), nul.end(), [](const Diagnostic& d) {
    return d.message.find("NUL") != std::string::npos;
  }));
}

TEST(LoadConfig, ByteOrderMarkAndCarriageReturnsKeepPlaces) {
  std::string text = testing::fixture_config();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.insert(at, "\r");
  EXPECT_EQ(mistakes_in("\xEF\xBB\xBF" + text).size(), 0u);
  const auto found = mistakes_in(
      "\xEF\xBB\xBF"
      "sede: 1\r\nname: 2\r\n\r\nseed: x\r\n");
  EXPECT_EQ(found[0].column, 1);
  EXPECT_EQ(found[0].source_line, "sede: 1");
  EXPECT_EQ(found.back().line, 4);
}

TEST(LoadConfig, NothingInAFileCanSteerTheTerminal) {
  const auto found = mistakes_in("name: \"\\e[31m\"\nseed: \"\\e[31m\"\n");
  for (const auto& diagnostic : found)
    EXPECT_EQ(format(diagnostic).find('\x1b'), std::string::npos);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
