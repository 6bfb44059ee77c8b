// Predictions of linear regression against ratios of evidences and their own densities.
#include <gmock/gmock.h>

#include "models/conjugate/linear_regression_examples.h"
#include "models/conjugate/model_checks.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using namespace testing;                     // NOLINT: helpers of the conjugate tests
using namespace testing::linear_regression;  // NOLINT

TEST(LinearRegression, PredictsWithTheRatioOfEvidences) {
  const Tensor x = regression_rows_example(21, 2, 0.5);
  const Tensor seen = x.narrow(0, 0, 20), next = x.narrow(0, 20, 1);
  const auto known = make(kKnown, kFixed, "full", 3);
  EXPECT_NEAR(known.log_predictive(next, fitted(known, seen, 1)).item<double>(),
              log_evidence(x, 4.0, 1.0) - log_evidence(seen, 4.0, 1.0),
              1e-10);
  const auto joint = make(kLearned, kFixed, "normal_gamma", 3);
  EXPECT_NEAR(joint.log_predictive(next, fitted(joint, seen, 1)).item<double>(),
              log_student_evidence(x, 1.0, 1.5, 0.7) - log_student_evidence(seen, 1.0, 1.5, 0.7),
              1e-10);
}

// Known precisions: the exact posterior in closed form; q(w) is it when full, and has variances
// 1 / Lambda_jj when factorised.
TEST(LinearRegression, BandsOfTheMeanResponse) {
  const Tensor x = regression_rows_example(20, 2, 0.5), inputs = x.narrow(1, 0, 2);
  const Tensor phi = with_intercept(x);
  const Tensor precision = at::eye(3, kDoubles) + phi.transpose(0, 1).matmul(phi) * 4.0;
  const Tensor exact = (phi.matmul(at::linalg_inv(precision)) * phi).sum(-1).sqrt();
  const Tensor own = (phi.square() / precision.diagonal()).sum(-1).sqrt();
  const double width = 1.959963984540054;  // of the central 95 % of a normal
  for (const std::string posterior : {"full", "factorised"}) {
    const auto model = make(kKnown, kFixed, posterior, 3);
    const Globals globals = fitted(model, x, 1);
    const auto bands =
        model.function_bands(inputs, model.local_step(x, globals, {}).statistics, globals, 0.95);
    const Tensor expected = posterior == "full" ? exact : own;
    EXPECT_TRUE(at::allclose(bands.upper - bands.lower, expected * 2 * width, 1e-10, 1e-12));
    EXPECT_TRUE(at::allclose(bands.exact_upper - bands.exact_lower, exact * 2 * width, 1e-10));
    EXPECT_TRUE(at::allclose(bands.mean, bands.exact_mean, 1e-10, 1e-12));
  }
  const auto joint = make(kLearned, kFixed, "normal_gamma", 3);
  EXPECT_EQ(joint.bands(), nullptr);
}

TEST(LinearRegression, IntervalsHoldTheMassUnderTheirOwnDensity) {
  const Tensor x = regression_rows_example(12, 2, 0.5);
  for (const auto& tested : kCases) {
    SCOPED_TRACE(tested.prior.dump() + tested.posterior);
    const auto model = make(tested.noise, tested.prior, tested.posterior, 3);
    const Globals globals = fitted(model, x, 20);
    const Tensor inputs = x.narrow(0, 0, 1).narrow(1, 0, 2);
    const auto wide = model.predict(inputs, globals, 0.9);
    EXPECT_FALSE(wide.log_density.defined());
    const double lower = wide.lower.item<double>(), upper = wide.upper.item<double>();
    // Simpson's rule with 2,000 steps of the density between the ends.
    const std::int64_t steps = 2000;
    const Tensor y = at::linspace(lower, upper, steps + 1, kDoubles).unsqueeze(-1);
    const Tensor density =
        model.log_predictive(at::cat({inputs.expand({steps + 1, 2}), y}, -1), globals).exp();
    Tensor weights = at::full({steps + 1}, 2.0, kDoubles);
    weights.slice(0, 1, steps, 2).fill_(4.0);
    weights.slice(0, 0, steps + 1, steps).fill_(1.0);
    EXPECT_NEAR(
        (density * weights).sum().item<double>() * (upper - lower) / (3.0 * steps), 0.9, 1e-10);
    EXPECT_NEAR(0.5 * (lower + upper), wide.mean.item<double>(), 1e-12);
  }
}

TEST(LinearRegression, RelevanceDeterminationPrunesTheInputWithoutUse) {
  at::Generator generator = at::detail::createCPUGenerator(8);
  const Tensor inputs = at::randn({200, 3}, generator, kDoubles);
  // x2 is made orthogonal to everything, so that nothing is left to chance.
  const Tensor y = inputs.select(1, 0) * 2.0 + 1.0 + at::randn({200}, generator, kDoubles) * 0.3;
  const Tensor others =
      at::cat({at::ones({200, 1}, kDoubles), inputs.narrow(1, 0, 2), y.unsqueeze(-1)}, -1);
  const Tensor q = std::get<0>(at::linalg_qr(others));
  const Tensor useless =
      inputs.select(1, 2) - q.matmul(q.transpose(0, 1).matmul(inputs.select(1, 2)));
  const Tensor x = at::cat({inputs.narrow(1, 0, 1), useless.unsqueeze(-1), y.unsqueeze(-1)}, -1);
  const Json vague = {{"type", "ard"}, {"concentration", 1e-6}, {"rate", 1e-6}};
  const auto model = make(kLearned, vague, "full", 3);
  const Json summary = model.summary(fitted(model, x, 200));
  EXPECT_EQ(summary.at("pruned"), Json({"x1"}));
  EXPECT_NEAR(summary.at("noise_standard_deviation").get<double>(), 0.3, 0.06);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
