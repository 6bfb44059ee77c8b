// Broken configurations through the program: exit 2, each mistake once with its place and remedy,
// nothing written.
#include "cli/e2e_broken_configurations.h"
#include "cli/e2e_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class BrokenFile : public test::EndToEnd, public ::testing::WithParamInterface<test::Broken> {};

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
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return std::to_string(line) + ":" + std::to_string(at - line_start + 1);
}

TEST_P(BrokenFile, IsRefusedOnceWithPlaceAndRemedyAndNothingIsWritten) {
  const test::Broken& broken = GetParam();
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
    EXPECT_THAT(result.err,
                StartsWith("bad.yaml:" + place + (place.empty() ? "" : broken.message)));
    EXPECT_THAT(result.err, HasSubstr(std::string(": error: ") + broken.message));
    EXPECT_THAT(result.err, HasSubstr(broken.help));
    EXPECT_EQ(num_messages(result.err), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("1 error; nothing was written\n"));
    test::expect_no_insides(result);
  }
  EXPECT_EQ(folder_.num_entries(), before);
}

INSTANTIATE_TEST_SUITE_P(All,
                         BrokenFile,
                         ::testing::ValuesIn(test::kBrokenFiles),
                         [](const auto& one) { return one.param.name; });

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
  for (const char* part : {"bad.yaml:2:1: error: sed",
                           "bad.yaml:7:16: error: model.latent_size",
                           "bad.yaml:10:21: error: guide.posterior.type",
                           "bad.yaml:11:34: error: trainer.batch_size",
                           "5 errors"}) {
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
  expect_refused({"validate",
                  "tiny.yaml",
                  "data={type: synthetic_linear_gaussian, latent_size: 11}",
                  "model.likelihood={type: normal}"},
                 {"orthogonal columns need latent_size <= data_size"});
}

TEST_F(BrokenConfiguration, GuidesAndPriorsThatDoNotFitAreNamedWithAWayOut) {
  const auto refuse = [&](const std::vector<std::string>& changes,
                          const std::vector<std::string>& parts) {
    std::vector<std::string> words{"validate", "tiny.yaml"};
    words.insert(words.end(), changes.begin(), changes.end());
    expect_refused(words, parts);
  };
  refuse({"guide.posterior.type=gamma"},
         {"'standard_normal' is a prior on real latents, but the posterior 'gamma' draws positive",
          "set model.prior.type=gamma"});
  refuse({"guide.posterior.type=dirichlet",
          "model.prior={type: dirichlet}",
          "guide.flows=[{type: radial}]"},
         {"flows map real latents", "draws simplex ones"});
  refuse(
      {"model.prior={type: flow, flows: [{type: affine_coupling}, {type: sylvester_orthogonal}]}"},
      {"model.prior.flows[1].type", "'sylvester_orthogonal' has none"});
  refuse({"model.prior={type: vamp}", "guide.flows=[{type: planar}]"},
         {"guide.flows[0].type", "which needs the inverse of its flows"});
  refuse(
      {"model={type: density, density: {type: vamp}}"},
      {"model.density.type", "'vamp' is made of a guide's posteriors", "a density has no guide"});
  refuse({"guide.flows=[{type: planar}]",
          "estimator={type: sticking_the_landing}",
          "objective.kl=monte_carlo"},
         {"guide.flows[0].type", "set numeric_inverse: true in that layer"});
  refuse({"estimator={type: sticking_the_landing}"},
         {"objective.kl", "'sticking_the_landing' takes its gradient from draws"});
  EXPECT_EQ(run({"validate",
                 "tiny.yaml",
                 "model.prior={type: flow, flows: [{type: planar, numeric_inverse: true}]}"})
                .exit_code,
            0);
  refuse({"data={type: none}"}, {"'none' holds no data, but the model 'latent' is fitted to data"});
  refuse({"model={type: target, target: {type: u1}}"},
         {"takes no data, got 'synthetic_images'", "set data={type: none}"});
}

// Each of these pairs would have trained by a wrong gradient, or stopped in the middle.
TEST_F(BrokenConfiguration, EstimatorsThatDoNotFitAreNamedWithAWayOut) {
  const auto refuse = [&](const std::vector<std::string>& changes,
                          const std::vector<std::string>& parts) {
    std::vector<std::string> words{"validate", "tiny.yaml"};
    words.insert(words.end(), changes.begin(), changes.end());
    expect_refused(words, parts);
  };
  const std::string table = "data={type: synthetic_regression}",
                    net = "model={type: network_regression}",
                    weights = "guide={posterior: {type: diag_normal}}";
  EXPECT_EQ(run({"validate", "tiny.yaml", table, net, weights}).exit_code, 0);
  refuse({table, net, weights, "estimator={type: sticking_the_landing}"},
         {"objective.kl", "set objective.kl=monte_carlo"});
  refuse(
      {table, net, weights, "estimator={type: score_function}"},
      {"estimator.type", "'score_function' is for latents of single examples", "type: pathwise"});
  refuse({table, "model={type: dropout_regression}", "estimator={type: score_function}"},
         {"estimator.type", "the model 'dropout_regression' has none"});
  refuse({"objective={type: elbo, kl: monte_carlo, free_bits: 0.1}",
          "estimator={type: sticking_the_landing}"},
         {"objective.free_bits", "a floor does not average to 0"});
  refuse({"objective.free_bits=0.1", "guide.flows=[{type: maf}]"},
         {"objective.free_bits", "guide.flows mix the units", "set objective.free_bits_total"});
  refuse({"objective={type: mmd}", "trainer.accumulate=2"},
         {"trainer.accumulate", "'mmd' has a term of the whole batch", "accumulate=1"});
}

TEST_F(BrokenConfiguration, DensitiesAndTargetsTakeWhatTheyCanScore) {
  const auto refuse = [&](const std::string& model,
                          const std::string& data,
                          const std::vector<std::string>& more,
                          const std::vector<std::string>& parts) {
    std::vector<std::string> words{"validate", "tiny.yaml", "model=" + model, "data=" + data};
    words.insert(words.end(), more.begin(), more.end());
    expect_refused(words, parts);
  };
  const std::string points = "{type: synthetic_two_moons}", none = "{type: none}";
  const auto density = [](const std::string& text) {
    return "{type: density, density: {" + text + "}}";
  };
  refuse(density("type: flow, flows: [{type: planar}]"),
         points,
         {},
         {"model.density.flows[0].type", "'planar' has none"});
  refuse(density("type: flow, flows: [{type: radial, amortized: true}]"),
         points,
         {},
         {"model.density.flows[0].amortized", "there is none here"});
  refuse(density("type: standard_normal"), points, {}, {"has nothing to learn"});
  refuse(density("type: diag_normal, learned: false"), points, {}, {"has nothing to learn"});
  refuse(density("type: gamma"), points, {}, {"'gamma' is a density on positive numbers only"});
  refuse(density("type: diag_normal"),
         "{type: synthetic_images, binarize: dynamic}",
         {},
         {"where a density grows without bound"});
  refuse(density("type: diag_normal"), points, {"objective.beta=2"}, {"no KL to weigh"});
  refuse(density("type: diag_normal"),
         points,
         {"estimator={type: sticking_the_landing}"},
         {"about draws of a guide"});
  const std::string target = "{type: target, target: {type: u1}}";
  refuse(target,
         none,
         {"guide.posterior={type: dirichlet}"},
         {"'u1' is a density of real vectors", "draws simplex ones"});
  refuse(target, none, {"guide.posterior={type: diag_normal}", "objective.free_bits=1"}, {"stops"});
  refuse(target,
         none,
         {"guide.posterior={type: diag_normal}", "guide.flows=[{type: iaf, context_size: 3}]"},
         {"guide.flows[0].context_size", "there is none here"});
  refuse(target,
         none,
         {"guide.posterior={type: diag_normal}",
          "objective.beta=2",
          "objective.inverse_temperature=0.5"},
         {"objective.inverse_temperature", "set one of them"});
}

TEST_F(BrokenConfiguration, WhatOnlyTheDataTellHasAPlaceToo) {
  const std::string small = "data={type: synthetic_images, height: 2, width: 2, binary: true}";
  expect_refused({"train", "tiny.yaml", small, "guide.posterior.network={type: conv}"},
                 {"tiny.yaml:10:34: error: guide.posterior.network: a 2x2 image is too small",
                  "help: use fewer channels"});
  folder_.write("small.yaml",
                "data: {type: synthetic_images, height: 2, width: 2, binary: true}\n"
                "model: {latent_size: 2}\n"
                "guide:\n  posterior:\n    type: diag_normal\n    network: {type: conv}\n"
                "trainer: {epochs: 1}\n");
  expect_refused({"train", "small.yaml"},
                 {"small.yaml:6:5: error: guide.posterior.network: a 2x2 image is too small"});
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

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
