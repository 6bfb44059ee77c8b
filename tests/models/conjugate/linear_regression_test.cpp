// tests/golden/linear_regression.json: its first key is the command that made it.
#include "elbow/models/conjugate/linear_regression.h"

#include <gmock/gmock.h>

#include "models/conjugate/linear_regression_examples.h"
#include "models/conjugate/model_checks.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using namespace testing;                     // NOLINT: helpers of the conjugate tests
using namespace testing::linear_regression;  // NOLINT

/// Least squares on [sqrt(beta) Phi; sqrt(alpha) I] by QR, which never forms Phi^T Phi.
struct QrSolution {
  Tensor mean, covariance;
};
QrSolution qr_solution(const Tensor& x, double beta, double alpha) {
  const Tensor phi = with_intercept(x), y = response_of(x);
  const std::int64_t p = phi.size(1);
  const Tensor design =
      at::cat({phi * std::sqrt(beta), at::eye(p, kDoubles) * std::sqrt(alpha)}, 0);
  const Tensor target = at::cat({y * std::sqrt(beta), at::zeros({p}, kDoubles)});
  const auto [q, r] = at::linalg_qr(design);
  const Tensor mean = at::linalg_solve_triangular(
      r, q.transpose(0, 1).matmul(target).unsqueeze(-1), /*upper=*/true);
  const Tensor inverse = at::linalg_solve_triangular(r, at::eye(p, kDoubles), /*upper=*/true);
  return {mean.squeeze(-1), inverse.matmul(inverse.transpose(0, 1))};
}

void expect_relative(const Tensor& ours, const Tensor& theirs, double tolerance) {
  const double scale = theirs.abs().max().item<double>();
  EXPECT_LE((ours - theirs).abs().max().item<double>(), tolerance * scale) << ours << theirs;
}

TEST(LinearRegression, OneStepReachesTheEvidenceAndTheSolutionByQr) {
  const Tensor x = regression_rows_example(40, 3, 0.5);
  const auto model = make(kKnown, kFixed, "full", 4);
  const Globals globals = fitted(model, x, 1);
  EXPECT_NEAR(bound_at(model, x, globals), log_evidence(x, 4.0, 1.0), 1e-10);
  const QrSolution qr = qr_solution(x, 4.0, 1.0);
  expect_relative(model.weights(globals), qr.mean, 1e-12);
  expect_relative(model.covariance(globals), qr.covariance, 1e-12);
}

TEST(LinearRegression, FactorisedKeepsTheMeanAndLosesWhatCorrelationsAreWorth) {
  const Tensor x = regression_rows_example(40, 3, 0.5);
  const auto model = make(kKnown, kFixed, "factorised", 4);
  const Globals globals = fitted(model, x, 1);
  const QrSolution qr = qr_solution(x, 4.0, 1.0);
  const Tensor precision = qr.covariance.inverse();
  const double lost = 0.5 * (precision.diagonal().log().sum() - precision.logdet()).item<double>();
  EXPECT_NEAR(bound_at(model, x, globals), log_evidence(x, 4.0, 1.0) - lost, 1e-10);
  expect_relative(model.weights(globals), qr.mean, 1e-12);
  expect_relative(model.covariance(globals).diagonal(), 1 / precision.diagonal(), 1e-12);
}

TEST(LinearRegression, NormalGammaReachesTheStudentEvidence) {
  const Tensor x = regression_rows_example(40, 3, 0.5);
  const auto model = make(kLearned, kFixed, "normal_gamma", 4);
  const Globals globals = fitted(model, x, 1);
  EXPECT_NEAR(bound_at(model, x, globals), log_student_evidence(x, 1.0, 1.5, 0.7), 1e-10);
}

// REFERENCE values: docs/results.md, "Exact anchors"; phi = (1, eruptions), waiting standardised.
TEST(LinearRegression, OldFaithful) {
  const auto raw = faithful();
  if (!raw) GTEST_SKIP() << "set ELBOW_DATA";
  const Tensor x = at::stack({raw->select(1, 0), standardised(raw->select(1, 1))}, -1);
  const auto full = make(kKnown, kFixed, "full", 2);
  const Globals globals = fitted(full, x, 1);
  EXPECT_NEAR(bound_at(full, x, globals), -175.181947079, 6e-10);
  EXPECT_NEAR(bound_at(full, x, globals), log_evidence(x, 4.0, 1.0), 1e-10);
  const Tensor mean = full.weights(globals), covariance = full.covariance(globals);
  EXPECT_NEAR(mean[0].item<double>(), -2.72979877, 6e-9);
  EXPECT_NEAR(mean[1].item<double>(), 0.78339384, 6e-9);
  const Tensor deviation = covariance.diagonal().sqrt();
  EXPECT_NEAR(deviation[0].item<double>(), 0.09714591, 6e-9);
  EXPECT_NEAR(deviation[1].item<double>(), 0.02648776, 6e-9);
  EXPECT_NEAR((covariance[0][1] / deviation.prod()).item<double>(), -0.95010405, 6e-9);
  const QrSolution qr = qr_solution(x, 4.0, 1.0);
  expect_relative(mean, qr.mean, 1e-12);
  expect_relative(covariance, qr.covariance, 1e-12);
  const auto factorised = make(kKnown, kFixed, "factorised", 2);
  const Globals apart = fitted(factorised, x, 1);
  EXPECT_NEAR(bound_at(factorised, x, apart), -176.346913392, 6e-10);
  const Tensor narrow = factorised.covariance(apart).diagonal().sqrt();
  EXPECT_NEAR(narrow[0].item<double>(), 0.03030303, 6e-9);
  EXPECT_NEAR(narrow[1].item<double>(), 0.00826241, 6e-9);
  expect_relative(factorised.weights(apart), qr.mean, 1e-12);
}

TEST(LinearRegression, AgreesWithTheTextbookIterationByIteration) {
  const Json cases = golden_file("linear_regression.json").at("cases");
  ASSERT_EQ(cases.size(), 3);
  for (const auto& golden : cases) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    const auto gamma = [&](const char* prior, const std::string& type) {
      return Json{{"type", type},
                  {"concentration", golden.at(prior).at(0)},
                  {"rate", golden.at(prior).at(1)}};
    };
    const auto& config = golden.at("config");
    expect_golden(make(gamma("noise_prior", "learned"),
                       gamma("weight_prior", config.at("weight_prior")),
                       config.at("posterior"),
                       4),
                  golden);
  }
}

TEST(LinearRegression, EveryCombinationRisesAndItsOptimaBeatTheirNeighbours) {
  const Tensor x = regression_rows_example(30, 2, 0.5);
  for (const auto& tested : kCases)
    for (const bool is_point : {false, true}) {
      SCOPED_TRACE(tested.prior.dump() + tested.posterior + (is_point ? " points" : ""));
      auto model = make(tested.noise, tested.prior, tested.posterior, 3);
      if (is_point) model.use_points({"all"}, /*is_flat=*/false);
      expect_ascent(model, x, start_of(model, x));
      expect_sums(model, x, fitted(model, x, 2));
      expect_optima_beat_neighbours(model, x, fitted(model, x, 1));
    }
}

TEST(LinearRegression, FlatPointsAreLeastSquares) {
  const Tensor x = regression_rows_example(30, 2, 0.5);
  const Tensor phi = with_intercept(x), y = response_of(x);
  const Tensor w = std::get<0>(at::linalg_lstsq(phi, y.unsqueeze(-1))).squeeze(-1);
  const double variance = (y - phi.matmul(w)).square().mean().item<double>();
  const double likelihood = -15.0 * (std::log(2 * M_PI * variance) + 1);
  for (const auto& tested : kCases) {
    if (tested.noise == kKnown) continue;
    SCOPED_TRACE(tested.prior.dump() + tested.posterior);
    auto model = make(tested.noise, tested.prior, tested.posterior, 3);
    model.use_points({"all"}, /*is_flat=*/true);
    const Globals globals = fitted(model, x, 2);
    expect_relative(model.weights(globals), w, 1e-12);
    EXPECT_NEAR(bound_at(model, x, globals), likelihood, 1e-10);
    EXPECT_NEAR(model.log_predictive(x, globals).sum().item<double>(), likelihood, 1e-10);
  }
}

TEST(LinearRegression, RefusesInWords) {
  EXPECT_THAT(message_of([] { make(kKnown, kFixed, "full", 3, kLinear, 0); }),
              HasSubstr("set data.response"));
  EXPECT_THAT(message_of([] { make(kKnown, kFixed, "normal_gamma", 3); }),
              HasSubstr("learned noise"));
  const Json rbf = {{"type", "rbf"},
                    {"num_centres", 3},
                    {"width", 1.0},
                    {"from", 1.0},
                    {"to", 1.0},
                    {"intercept", true}};
  EXPECT_THAT(message_of([&] { make(kKnown, kFixed, "full", 3, rbf); }),
              HasSubstr("must be below 'to'"));
  Tensor x = regression_rows_example(10, 2, 0.5);
  auto model = make(kLearned, kArd, "full", 3);
  const Globals globals = start_of(model, x);
  EXPECT_THAT(message_of([&] { model.local_step(x.narrow(1, 0, 2), globals, {}); }),
              HasSubstr("response column is missing"));
  EXPECT_THAT(message_of([&] { model.predict(x.narrow(1, 0, 1), globals, 0.9); }),
              HasSubstr("expected 2 input columns"));
  EXPECT_THAT(message_of([&] { model.predict(x, globals, 1.0); }), HasSubstr("between 0 and 1"));
  x[3][1] = NAN;
  EXPECT_THAT(message_of([&] { model.local_step(x, globals, {}); }), HasSubstr("not finite"));
}

TEST(LinearRegression, SaysWhatThePointEstimateLacks) {
  const Tensor x = regression_rows_example(10, 2, 0.5);
  const Json vague = {{"type", "ard"}, {"concentration", 0.1}, {"rate", 0.1}};
  auto model = make(kLearned, vague, "full", 3);
  model.use_points({"weight_precision"}, /*is_flat=*/false);
  EXPECT_THAT(message_of([&] { fitted(model, x, 1); }), HasSubstr("has no mode"));
  auto flat = make(kLearned, kFixed, "full", 4);
  flat.use_points({"all"}, /*is_flat=*/true);
  const Tensor doubled = at::cat({x.narrow(1, 0, 1) * 3.0, x}, -1);
  EXPECT_THAT(message_of([&] { fitted(flat, doubled, 1); }), HasSubstr("do not determine"));
  auto exact = make(kLearned, kFixed, "full", 3);
  exact.use_points({"all"}, /*is_flat=*/true);
  EXPECT_THAT(message_of([&] { fitted(exact, x.narrow(0, 0, 2), 1); }),
              HasSubstr("do not determine"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
