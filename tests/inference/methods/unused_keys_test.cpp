// Keys that a model has no use for are refused, not ignored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

constexpr char kRegression[] = R"(
name: regression
data: {type: synthetic_regression, features: 2, train_size: 40, test_size: 10}
model: {type: network_regression, hidden_sizes: [4]}
trainer: {epochs: 1}
)";
constexpr char kDensity[] = R"(
name: density
data: {type: synthetic_two_moons, train_size: 40, test_size: 10}
model: {type: density, density: {type: diag_normal}}
trainer: {epochs: 1}
)";
constexpr char kTarget[] = R"(
name: target
data: {type: none}
model: {type: target, target: {type: banana}}
trainer: {epochs: 1}
)";
constexpr char kClosedForm[] = R"(
name: mixture
dtype: float64
data: {type: synthetic_two_moons, train_size: 40, test_size: 10}
model: {type: mixture, num_components: 2, component: {type: normal_full}}
inference: {type: conjugate}
trainer: {epochs: 1}
)";

struct Unused {
  const char* config;
  std::vector<std::string> overrides;
  std::string path, words;
};

std::vector<Unused> unused_keys() {
  const std::string dropout = "model={type: dropout_regression, hidden_sizes: [4]}";
  return {
      {kRegression,
       {"++guide.posterior={type: diag_normal, network: {type: mlp, hidden_sizes: [7]}}"},
       "guide.posterior.network.hidden_sizes",
       "all examples share the weights"},
      {kTarget,
       {"++guide.posterior={type: diag_normal, network: {type: mlp, activation: tanh}}"},
       "guide.posterior.network.activation",
       "shows an encoder nothing"},
      {kRegression, {dropout, "++objective.beta=2"}, "objective.beta", "no KL to weigh"},
      {kRegression, {dropout, "++objective.num_particles=5"}, "objective.num_particles", "no draw"},
      {kRegression,
       {dropout, "++guide.posterior={type: diag_normal, max_log_scale: 1}"},
       "guide",
       "nothing to propose"},
      {kDensity, {"++objective.num_particles=5"}, "objective.num_particles", "no draw"},
      {kDensity, {"++objective.kl=monte_carlo"}, "objective.kl", "no KL"},
      {kDensity, {"++objective={type: iwae}"}, "objective.type", "no draw"},
      {kClosedForm, {"++objective.beta=4"}, "objective.beta", "takes no objective"},
      {kClosedForm, {"++optimizer.learning_rate=0.1"}, "optimizer.learning_rate", "no optimizer"},
      {kClosedForm,
       {"++guide.posterior={type: diag_normal, max_log_scale: 1}"},
       "guide.posterior.max_log_scale",
       "takes no guide"},
      {kClosedForm, {"++engine=autograd"}, "engine", "differentiates nothing"},
      {testing::kTinyConfig,
       {"data.binarize=none", "model.likelihood={type: normal, min_log_scale: -3}"},
       "model.likelihood.min_log_scale",
       "is the limit of a learned scale"},
  };
}

TEST(UnusedKeys, AreRefusedWithTheirPlaceAndARemedy) {
  for (const Unused& one : unused_keys()) {
    try {
      load_config_text(one.config, "x.yaml", one.overrides, full_schema());
      ADD_FAILURE() << one.overrides.back() << " was taken";
    } catch (const ConfigError& error) {
      ASSERT_EQ(error.diagnostics().size(), 1u)
          << one.overrides.back() << ": " << format(error.diagnostics().back());
      const Diagnostic& found = error.diagnostics().front();
      EXPECT_EQ(found.path, one.path);
      EXPECT_THAT(found.message, HasSubstr(one.words));
      EXPECT_NE(found.help, "") << one.path;
    }
  }
}

// A run's own configuration has every default written out, those of unused sections too.
TEST(UnusedKeys, MayStandAsTheirDefaults) {
  for (const char* text : {kRegression, kDensity, kTarget, kClosedForm, testing::kTinyConfig}) {
    const ResolvedConfig config = load_config_text(text, "x.yaml", {}, full_schema());
    EXPECT_NO_THROW(load_config_text(dump_config(config), "run.yaml", {}, full_schema())) << text;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
