// Values of tests/golden/targets.json (its first key is the command that made it), refusals, and
// closed facts.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "elbow/foundations/core/error.h"
#include "probability/targets/examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::build;
using ::testing::HasSubstr;

const auto kDoubles = at::TensorOptions(at::kDouble);

Json golden_cases() {
  std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/targets.json");
  return Json::parse(file).at("cases");
}

Tensor vector_of(const Json& numbers) {
  return at::tensor(numbers.get<std::vector<double>>(), kDoubles);
}

Tensor rows_of(const Json& rows) {
  std::vector<Tensor> out;
  for (const auto& row : rows) out.push_back(vector_of(row));
  return at::stack(out);
}

TEST(TargetGolden, DensitiesAgreeToTenDigits) {
  const Json all = golden_cases();
  for (const auto& [label, golden] : all.items()) {
    const Tensor ours = build(golden.at("config"))->log_density(rows_of(golden.at("points")));
    const Tensor theirs = vector_of(golden.at("log_density"));
    const Tensor error = (ours - theirs).abs() / theirs.abs().clamp_min(1.0);
    EXPECT_LT(error.max().item<double>(), 1e-10) << label << "\n" << ours << theirs;
  }
}

TEST(TargetGolden, EveryTargetHasACase) {
  const Json all = golden_cases();
  for (const std::string& name : target_factory().names()) EXPECT_TRUE(all.contains(name)) << name;
}

TEST(TargetGolden, ConstantsOfTheEnergiesAreThoseOfTheScript) {
  for (const char* name : {"u1", "u2", "u3", "u4"}) {
    const Json golden = golden_cases().at(name);
    const auto target = build({{"type", name}});
    EXPECT_NEAR(*target->log_normaliser(), golden.at("log_normaliser").get<double>(), 1e-13);
    const Moments moments = *target->moments();
    EXPECT_TRUE(at::allclose(moments.mean, vector_of(golden.at("mean")), 1e-13, 1e-13));
    EXPECT_TRUE(at::allclose(
        moments.covariance.reshape({-1}), vector_of(golden.at("covariance")), 1e-13, 1e-13));
  }
}

TEST(Energies, WithoutConfinementNothingIsNormalised) {
  for (const char* name : {"u2", "u3", "u4"}) {
    const auto target = build({{"type", name}, {"confined", false}});
    EXPECT_FALSE(target->log_normaliser().has_value());
    EXPECT_FALSE(target->moments().has_value());
    // Away from the forks the wave repeats itself every 4 units for ever.
    const Tensor z = at::tensor({-7.3, 0.4}, kDoubles),
                 period = at::tensor({-400.0, 0.0}, kDoubles);
    EXPECT_NEAR(target->log_density(z).item<double>(),
                target->log_density(z + period).item<double>(),
                1e-9);
  }
}

// Guards constants that were first copied inside inference mode and then could not be part of a
// gradient.
TEST(Constants, AreUsableInAGradientAfterInferenceMode) {
  for (const char* name : {"gaussian", "mixture"}) {
    const auto target = build({{"type", name}});
    {
      const c10::InferenceMode inference;
      target->log_density(at::zeros({2}));
    }
    const Tensor z = at::ones({2}).requires_grad_();
    target->log_density(z).backward();
    EXPECT_TRUE(z.grad().isfinite().all().item<bool>());
  }
}

/// "path: message" of the first mistake.
std::string refusal(const Json& config) {
  try {
    build(config);
  } catch (const ConfigError& error) {
    const Diagnostic& first = error.diagnostics().at(0);
    return first.path + ": " + first.message;
  }
  return "no error";
}

TEST(Refusals, NameTheFirstBadPlaceOfACovariance) {
  const auto gaussian = [](Json changes) {
    changes["type"] = "gaussian";
    return refusal(changes);
  };
  EXPECT_EQ(
      gaussian({{"covariance", {1.0, 0.5, 0.4, 1.0}}}),
      "target.covariance[2]: row 1, column 0 must equal covariance[1], which is 0.5, got 0.4");
  EXPECT_EQ(gaussian({{"covariance", {1.0, 2.0, 2.0, 1.0}}}),
            "target.covariance[3]: must be positive definite, but its first 2 rows and columns are "
            "not");
  EXPECT_THAT(gaussian({{"covariance", {-1.0, 0.0, 0.0, 1.0}}}),
              HasSubstr("target.covariance[0]: must be positive definite"));
  EXPECT_EQ(gaussian({{"covariance", {1.0, 0.0, 1.0}}}),
            "target.covariance: expected 4 numbers, 2 rows of 2, got 3");
  EXPECT_EQ(gaussian({{"covariance", {1.0, 0.0, 0.0, 1.0}}, {"correlation", 0.5}}),
            "target.correlation: covariance is set too");
  EXPECT_EQ(gaussian({{"mean", {0.0, 0.0, 0.0}}, {"correlation", 0.5}}),
            "target.correlation: is for two dimensions, but the mean has 3");
  EXPECT_EQ(gaussian({{"mean", Json::array()}}),
            "target.mean: expected at least one number, got none");
}

TEST(Refusals, ListsOfAMixtureMustFit) {
  EXPECT_EQ(refusal({{"type", "mixture"}, {"size", 3}}),
            "target.means: expected a multiple of size 3, at least one, got 8 numbers");
  EXPECT_EQ(refusal({{"type", "mixture"}, {"weights", {1.0, 2.0}}}),
            "target.weights: expected 4 numbers, one a component, got 2");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
