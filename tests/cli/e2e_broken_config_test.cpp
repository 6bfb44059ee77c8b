// Broken configurations through the program: exit 2, each mistake once with its place and remedy, nothing written.
#include "cli/e2e_support.h"

namespace elbow {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// tiny.yaml with one passage replaced, and the message about it.
struct Broken {
  const char* name;
  const char* from;
  const char* to;
  const char* at;       ///< the mistake is where this stands in the file; "" when that is not checked
  const char* message;  ///< how it begins, behind "FILE:LINE:COLUMN: error: "
  const char* help;     ///< part of what follows; "" when the message says it all
};

const Broken kFiles[] = {
    {"TypoInASection", "trainer:", "trainr:", "trainr:", "trainr: unknown key", "did you mean 'trainer'?"},
    {"TypoInAKey", "latent_size", "latent_sise", "latent_sise", "model.latent_sise: unknown key", "did you mean 'latent_size'?"},
    {"TypoInAnOnlyKey", "epochs: 2", "epocs: 2", "epocs", "trainer.epocs: unknown key", "did you mean 'epochs'?"},
    {"TypoInAComponent", "type: mlp", "type: mpl", "mpl", "model.likelihood.network.type: no component of kind network is called 'mpl'", "did you mean 'mlp'?"},
    {"TypoInAWord", "dynamic", "dynamc", "dynamc", "data.binarize: expected one of none, threshold, static, dynamic, got 'dynamc'", "did you mean 'dynamic'?"},
    {"TextForANumber", "size: 3", "size: three", "three", "model.latent_size: expected an integer", "got 'three'"},
    {"FractionForAnInteger", "seed: 7", "seed: 7.5", "7.5", "seed: expected an integer", "got '7.5'"},
    {"ListForANumber", "seed: 7", "seed: [7]", "[7]", "seed: expected an integer", "got a list"},
    {"NumberForAList", "[16]", "17", "17", "model.likelihood.network.hidden_sizes: expected a list", "did you mean '[17]'?"},
    {"MapForAWord", "device: cpu", "device: {a: 1}", "{a: 1}", "device: expected", "got a map"},
    {"WordForAMap", "images: {count: 4}", "images: 9", "9}", "trainer.images: expected a map", "got '9'"},
    {"YesForTrue", "binarize: dynamic", "binary: yes", "yes", "data.binary: expected true or false, got 'yes'", ""},
    {"NothingForANumber", "seed: 7", "seed:", "seed:", "seed: expected an integer", "got nothing"},
    {"Octal", "seed: 7", "seed: 007", "007", "seed: expected an integer >= 0, got '007'", "leading zeros"},
    {"Hexadecimal", "seed: 7", "seed: 0x7", "0x7", "seed: expected an integer", "got '0x7'"},
    {"BelowTheRange", "size: 3", "size: 0\n", "0\n", "model.latent_size: must be in [1, 1000000], got 0", ""},
    {"AboveTheRange", "threads: 1", "threads: 4000", "4000", "threads: must be in [1, 1024], got 4000", ""},
    {"Negative", "seed: 7", "seed: -7", "-7", "seed: must be >= 0, got -7", ""},
    {"BeyondSixtyFourBits", "seed: 7", "seed: 99999999999999999999", "9999", "seed: expected an integer", "64 bits"},
    {"InAList", "[16]", "[16, 0]", "0]", "model.likelihood.network.hidden_sizes[1]: must be >= 1, got 0", ""},
    {"Tab", "  latent_size", "\tlatent_size", "\t", "a tab in the indentation", "two spaces"},
    {"Indentation", "  latent_size: 3", "   latent_size: 3", "", "", ""},
    {"UnclosedBracket", "{count: 4}}", "{count: 4}", "{epochs", "'{' is not closed by '}'", ""},
    {"UnclosedQuote", "name: tiny", "name: \"tiny", "\"tiny", "a quote is not closed", ""},
    {"ColonInAValue", "name: tiny", "name: tiny: vae", ": vae", "':' is not expected here", "needs quotes"},
    {"DuplicateKey", "threads: 1", "seed: 1", "seed: 1", "seed: duplicate key, first set at line 2", ""},
    {"DuplicateKeyInBraces", "log_every_steps: 5", "epochs: 5", "epochs: 5", "trainer.epochs: duplicate key, first set at line 11", ""},
    {"CyclicAnchor", "name: tiny", "name: &a [*a]", "*a]", "the alias stands inside the value that it names (a cycle)", ""},
    {"UnknownAlias", "name: tiny", "name: *tiny", "*tiny", "the alias names no anchor", "in quotes"},
    {"Merge", "name: tiny", "<<: {name: tiny}", "<<", "'<<' merges are not used here", "write the keys out"},
    {"Tag", "name: tiny", "name: !!str tiny", "", "tags ('tag:yaml.org,2002:str') are not used here", "remove the tag"},
    {"SecondDocument", "trainer:", "---\ntrainer:", "", "expected one YAML document", "remove the line"},
    {"NotUtf8", "name: tiny", "name: t\xffny", "\xffny", "expected UTF-8 text, got the byte 0xFF", "save the file as UTF-8"},
    {"UnknownDevice", "device: cpu", "device: gpu", "gpu", "device: expected auto, cpu, cuda or cuda:N, got 'gpu'", "elbow doctor"},
    {"NameWithAFolder", "name: tiny", "name: ../tiny", "../tiny", "name: expected a plain folder name", "-o DIR"},
    {"BernoulliOnGrey", ", binarize: dynamic", "", "", "data.binarize: 'none' leaves grey values", "data.binarize=dynamic"},
    {"EpochsAndSteps", "epochs: 2", "epochs: 2, steps: 9", "9", "trainer.steps: both trainer.epochs and trainer.steps are set", "remove one"},
    {"NeitherEpochsNorSteps", "epochs: 2, ", "", "", "trainer: neither trainer.epochs nor trainer.steps is set", "trainer.epochs=50"},
    {"StoppingWithoutValidation", "images: {count: 4}", "early_stopping: {patience: 2}", "", "trainer.early_stopping: needs a validation set", "data.validation_size=5000"},
    {"TwoIntervals", "images: {count: 4}", "evaluate_every_epochs: 1, evaluate_every_steps: 9", "9", "trainer.evaluate_every_steps: set together with trainer.evaluate_every_epochs", "remove one of them"},
    {"MorePiecesThanExamples", "batch_size: 16", "batch_size: 16, accumulate: 17", "17", "trainer.accumulate: a batch of trainer.batch_size=16", "cannot be cut into 17 pieces"},
    {"ScalesTheWrongWayRound", "{type: diag_normal,", "{type: diag_normal, min_log_scale: 11,", "11,", "guide.posterior.min_log_scale: must be below max_log_scale (10.0), got 11.0", ""},
    {"ScheduleWithoutATime", "threads: 1", "objective: {type: elbo, beta: {type: linear, from: 0, to: 1}}", "", "objective.beta", "over_epochs"},
    {"RateZero", "threads: 1", "optimizer: {type: adam, learning_rate: 0}", "0}", "optimizer.learning_rate: must be > 0, got 0", ""},
    {"DropoutOne", "hidden_sizes: [16]}", "dropout: 1.0}", "1.0", "model.likelihood.network.dropout: must be in [0, 1)", ""},
};

class BrokenFile : public test::EndToEnd, public ::testing::WithParamInterface<Broken> {};

std::string with(const std::string& from, const std::string& to) {
  std::string text = test::tiny_config();
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("no '" + from + "' in the configuration");
  return text.replace(at, from.size(), to);
}

std::size_t num_messages(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(": error: "); at != std::string::npos;
       at = text.find(": error: ", at + 1))
    ++count;
  return count;
}

/// "LINE:COLUMN" of a passage.
std::string place_of(const std::string& text, const std::string& passage) {
  const auto at = text.find(passage);
  if (at == std::string::npos) throw std::logic_error("no '" + passage + "' in the file");
  const auto line_start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return std::to_string(line) + ":" + std::to_string(at - line_start + 1);
}

TEST_P(BrokenFile, IsRefusedOnceWithPlaceAndRemedyAndNothingIsWritten) {
  const Broken& broken = GetParam();
  std::string text = with(broken.from, broken.to);
  if (std::string(broken.name) == "StoppingWithoutValidation")
    text.replace(text.find("validation_size: 30"), 19, "validation_size: 0");
  folder_.write("bad.yaml", text);
  const std::size_t before = folder_.num_entries();
  const std::string place = broken.at[0] == 0 ? "" : place_of(text, broken.at) + ": error: ";
  for (const char* verb : {"validate", "train"}) {
    const auto result = run({verb, "bad.yaml"});
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, StartsWith("bad.yaml:" + place + (place.empty() ? "" : broken.message)));
    EXPECT_THAT(result.err, HasSubstr(std::string(": error: ") + broken.message));
    EXPECT_THAT(result.err, HasSubstr(broken.help));
    EXPECT_EQ(num_messages(result.err), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("1 error; nothing was written\n"));
    test::expect_no_insides(result);
  }
  EXPECT_EQ(folder_.num_entries(), before);
}

INSTANTIATE_TEST_SUITE_P(All, BrokenFile, ::testing::ValuesIn(kFiles), [](const auto& one) {
  return one.param.name;
});

class BrokenConfiguration : public test::EndToEnd {};

TEST_F(BrokenConfiguration, AllMistakesOfAFileComeInOneRunInTheOrderOfItsLines) {
  std::string text = with("seed: 7", "sed: 7");
  text.replace(text.find("latent_size: 3"), 14, "latent_size: 0");
  text.replace(text.find("type: diag_normal"), 17, "type: diag_norml");
  text.replace(text.find("batch_size: 16"), 14, "batch_size: x");
  folder_.write("bad.yaml", text);
  const auto result = run({"train", "bad.yaml", "trainer.nothing=3"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(num_messages(result.err), 5u) << result.err;
  std::size_t last = 0;
  for (const char* part : {"bad.yaml:2:1: error: sed", "bad.yaml:7:16: error: model.latent_size",
                           "bad.yaml:10:21: error: guide.posterior.type",
                           "bad.yaml:11:34: error: trainer.batch_size", "5 errors"}) {
    const auto at = result.err.find(part);
    ASSERT_NE(at, std::string::npos) << part << "\n" << result.err;
    EXPECT_GE(at, last) << part;
    last = at;
  }
}

TEST_F(BrokenConfiguration, OverridesAreCheckedLikeTheFile) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"optimizer.learning_rate=abc", "expected a number > 0"},
      {"optimizer.learning_rate={type: cosin, value: 1}", "did you mean 'cosine'?"},
      {"trainer.epoch=3", "did you mean"},
      {"trainer.epochs=", "expected a value after '='"},
      {"trainer.epochs=[1", "'[' is not closed by ']'"},
      {"+trainer.epochs=3", "is already set"},
      {"~trainer.nothing", "there is nothing to remove"},
      {"=3", "is no key"},
      {"trainer.max_time=5x", "expected a duration > 0"},
      {"data=mnist", "did you mean '{type: mnist}'?"},
      {"data.type=mnst", "did you mean 'mnist'?"},
      {"model.likelihood={type: normal, scale: share}", "did you mean 'shared'?"},
      {"trainer.batch_size=1e400", "expected an integer >= 1"},
      {"trainer.ema={decay: 1}", "must be in (0, 1)"}};
  const std::size_t before = folder_.num_entries();
  for (const auto& [word, part] : cases) {
    const auto result = run({"validate", "tiny.yaml", word});
    EXPECT_EQ(result.exit_code, 2) << word;
    EXPECT_THAT(result.err, StartsWith("command line: error: " + word)) << word;
    EXPECT_THAT(result.err, HasSubstr(part)) << word;
    EXPECT_EQ(num_messages(result.err), 1u) << result.err;
    test::expect_no_insides(result);
  }
  expect_refused({"validate", "tiny.yaml", "~data"}, {"tiny.yaml:1:1: error: data: missing key"});
  expect_refused({"validate", "tiny.yaml", "~model.latent_size"},
                 {"tiny.yaml:6:1: error: model.latent_size: missing key"});
  EXPECT_EQ(folder_.num_entries(), before);
}

TEST_F(BrokenConfiguration, VectorsAreNotConvolvedAndRealsAreNoBits) {
  const std::string base = "data={type: synthetic_linear_gaussian}";
  const auto refuse = [&](const std::string& change, const std::string& part) {
    expect_refused({"validate", "tiny.yaml", base, change}, {part});
  };
  refuse("model.likelihood={type: normal, network: {type: conv}}", "'conv' needs images");
  refuse("model.likelihood={type: bernoulli}", "set model.likelihood.type=normal");
  refuse("model.likelihood={type: continuous_bernoulli}", "set model.likelihood.type=normal");
  expect_refused({"validate", "tiny.yaml", "data={type: synthetic_linear_gaussian, latent_size: 11}",
                  "model.likelihood={type: normal}"},
                 {"orthogonal columns need latent_size <= data_size"});
}

TEST_F(BrokenConfiguration, WhatIsNoFileIsSaid) {
  std::filesystem::create_directory(folder_ / "folder");
  folder_.write("empty.yaml", "");
  folder_.write("words.yaml", "just words");
  folder_.write("list.yaml", "- 1\n- 2\n");
  folder_.write("nul.yaml", std::string("name: a\0b\n", 10));
  folder_.write("large.yaml", std::string((1 << 20) + 1, '#'));
  expect_refused({"train", "tin.yaml"}, {"tin.yaml", "no such file", "did you mean 'tiny.yaml'?"});
  expect_refused({"train", "folder"}, {"folder: error: expected a YAML file, got a directory"});
  expect_refused({"train", "/dev/null"}, {"/dev/null", "expected a regular file"});
  expect_refused({"train", "empty.yaml"}, {"the file is empty", "elbow init"});
  expect_refused({"train", "words.yaml"}, {"words.yaml:1:1: error: expected a map of sections"});
  expect_refused({"train", "list.yaml"}, {"list.yaml:1:1: error: expected a map of sections"});
  expect_refused({"train", "nul.yaml"}, {"nul.yaml:1:"});
  expect_refused({"train", "large.yaml"}, {"large.yaml"});
}

TEST_F(BrokenConfiguration, AliasBombsAndDepthsEndAtOnce) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1), name = "a" + std::to_string(i);
    bomb += name + ": &" + name + " [" + before;
    for (int k = 0; k < 8; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  folder_.write("bomb.yaml", bomb);
  folder_.write("deep.yaml", "a: " + std::string(5000, '[') + std::string(5000, ']') + "\n");
  expect_refused({"validate", "bomb.yaml"}, {"bomb.yaml:", "values, aliases counted"});
  expect_refused({"validate", "deep.yaml"}, {"deep.yaml:1:", "nested deeper than"});
}

}  // namespace
}  // namespace elbow
