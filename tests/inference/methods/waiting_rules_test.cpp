// Rules about combinations speak beside mistakes in single keys: all errors come at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "elbow/foundations/core/error.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::vector<std::string> mistaken_paths(const std::vector<std::string>& overrides) {
  std::vector<std::string> out;
  try {
    load_config_text(testing::kTinyConfig, "tiny.yaml", overrides, full_schema());
  } catch (const ConfigError& error) {
    for (const Diagnostic& found : error.diagnostics()) out.push_back(found.path);
  }
  return out;
}

/// A key that breaks a rule with the rest of the tiny configuration, and one that nobody knows
/// beside it.
struct Beside {
  std::string section, with_unknown, rule_path;
};

std::vector<Beside> sections() {
  return {
      {"data",
       "data={type: synthetic_images, height: 6, width: 6, count: 100, binarize: none, qqqqqq: 1}",
       "data.binarize"},
      {"model",
       "model={latent_size: 3, qqqqqq: 1, likelihood: {type: bernoulli}, prior: {type: bernoulli}}",
       "model.prior.type"},
      {"guide",
       "guide={qqqqqq: 1, posterior: {type: diag_normal, min_log_scale: 3, max_log_scale: 2}}",
       "guide.posterior.min_log_scale"},
      {"objective", "objective={type: elbo, qqqqqq: 1, gamma: 2}", "objective.gamma"},
      {"estimator",
       "estimator={type: score_function, qqqqqq: 1, baseline: leave_one_out}",
       "estimator.baseline"},
      {"optimizer",
       "optimizer={type: adam, qqqqqq: 1, learning_rate: {type: robbins_monro, kappa: 2}}",
       "optimizer.learning_rate.kappa"},
      {"trainer", "trainer={epochs: 1, steps: 1, qqqqqq: 1}", "trainer.steps"}};
}

// Old code let every rule about a section wait for a key in it that meant nothing.
TEST(Rules, SpeakBesideAnUnknownKeyOfAnySection) {
  for (const Beside& one : sections()) {
    const auto found = mistaken_paths({one.with_unknown});
    EXPECT_THAT(found, Contains(one.section + ".qqqqqq")) << one.section;
    EXPECT_THAT(found, Contains(one.rule_path)) << one.section;
    EXPECT_EQ(found.size(), 2u) << one.section;
  }
}

// What a misspelt key was meant to set is not known; all else is.
TEST(Rules, WaitForNothingButTheKeyThatWasMeant) {
  const std::string baseline = "estimator={type: score_function, baseline: leave_one_out}";
  EXPECT_THAT(mistaken_paths({"objective={type: elbo, num_partciles: 5}", baseline}),
              ElementsAre("objective.num_partciles"));
  EXPECT_THAT(mistaken_paths({"objective={type: elbo, num_partciles: 5, gamma: 2}"}),
              UnorderedElementsAre("objective.num_partciles", "objective.gamma"));
}

// A component without a known name has no keys that a rule could rely on.
TEST(Rules, WaitForAComponentWhoseNameIsWrong) {
  EXPECT_THAT(mistaken_paths({"model.likelihood={type: bernoully}", "data.binarize=none"}),
              ElementsAre("model.likelihood.type"));
  EXPECT_THAT(mistaken_paths({"objective={type: elbow, gamma: 2}"}), ElementsAre("objective.type"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
