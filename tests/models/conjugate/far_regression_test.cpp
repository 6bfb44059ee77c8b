// Regressions on columns far from 0. tests/golden/far_regression.json: its first key is the command
// that made it.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/models/conjugate/hierarchical_regression.h"
#include "models/conjugate/far_from_zero_support.h"
#include "models/conjugate/linear_regression_examples.h"
#include "support/data_context.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using namespace testing::far_from_zero;
using testing::golden_tensor;

/// y = w_0 + w_1 (c + u) + noise, u about 0: ln |I + r Phi Phi^T| and y^T (I + r Phi Phi^T)^-1 y
/// for r = beta / alpha, by 2 x 2 matrices in which c cancels by hand.
struct LineEvidence {
  double log_det, square;
};
LineEvidence line_evidence(const Tensor& u, const Tensor& y, double c, double r) {
  const double n = static_cast<double>(u.numel()), uu = u.square().sum().item<double>(),
               b0 = y.sum().item<double>(), b1 = u.dot(y).item<double>();
  const double a00 = 1 / r + n, a01 = -c / r, a11 = (1 + c * c) / r + uu;
  const double det = 1 / (r * r) + uu / r + n * (1 + c * c) / r + n * uu;
  return {
      std::log(det * r * r),
      y.square().sum().item<double>() - (a11 * b0 * b0 - 2 * a01 * b0 * b1 + a00 * b1 * b1) / det};
}

/// u of mean 0 in eighths, c + u beside a response near 0.
Tensor line(double c) {
  const Tensor u = (at::arange(24, at::kDouble) - 11.5) / 8, y = draws({24}, 12) + u * 0.5;
  return at::stack({u + c, y}, -1);
}

// A column at 1e8 of scale 1 gave a bound of -14420 instead of -5.6 for each example.
TEST(FarRegression, ReachesItsEvidence) {
  namespace lr = testing::linear_regression;
  for (const double c : {0.0, 1e4, 1e8}) {
    const Tensor x = line(c), u = x.select(1, 0) - c, y = x.select(1, 1);
    const double n = 24;
    const LineEvidence known = line_evidence(u, y, c, 4.0);
    const double expected =
        -0.5 * (n * std::log(2 * M_PI / 4.0) + known.log_det + 4.0 * known.square);
    const auto full = lr::make(lr::kKnown, lr::kFixed, "full", 2);
    const Fit a = fit(full, x, 2);
    EXPECT_NEAR(a.bounds.back(), expected, 1e-9 * std::abs(expected)) << c;
    const LineEvidence scaled = line_evidence(u, y, c, 1.0);
    const double concentration = 1.5, rate = 0.7;
    const double student = std::lgamma(concentration + n / 2) - std::lgamma(concentration) -
                           n / 2 * std::log(2 * M_PI * rate) - 0.5 * scaled.log_det -
                           (concentration + n / 2) * std::log1p(scaled.square / (2 * rate));
    const auto joint = lr::make(lr::kLearned, lr::kFixed, "normal_gamma", 2);
    const Fit b = fit(joint, x, 2);
    EXPECT_NEAR(b.bounds.back(), student, 1e-9 * std::abs(student)) << c;
    // The mean of each example by the same 2 x 2 system, w_0 + c w_1 and w_1.
    const double r = 4.0, det = 1 / (r * r) + u.square().sum().item<double>() / r +
                                n * (1 + c * c) / r + n * u.square().sum().item<double>();
    const double b0 = y.sum().item<double>(), b1 = u.dot(y).item<double>();
    const double level =
        (((1 + c * c) / r + u.square().sum().item<double>()) * b0 + c / r * b1) / det;
    const double slope = (c / r * b0 + (1 / r + n) * b1) / det;
    const Tensor mean = full.predict(x.narrow(1, 0, 1), a.globals, 0.9).mean;
    EXPECT_LE((mean - level - slope * u).abs().max().item<double>(), 1e-9) << c;
    EXPECT_NEAR(full.weights(a.globals)[1].item<double>(), slope, 1e-9 * std::abs(slope)) << c;
  }
}

// What columns say twice is left to the prior: (s u, s u) with weights of precision 1 is sqrt(2) s
// u with one. Refused before, although the prior is proper.
TEST(FarRegression, ColumnsThatDependOnOneAnotherAreLeftToTheirPrior) {
  namespace lr = testing::linear_regression;
  const Json noise = {{"type", "known"}, {"precision", 1e6}};
  const Tensor u = draws({50}, 21), y = u * 2 + draws({50}, 22) * 1e-3;
  for (const double s : {1e-3, 1.0, 1e5}) {
    const Tensor twice = at::stack({u * s, u * s, y}, -1),
                 once = at::stack({u * (s * std::sqrt(2.0)), y}, -1);
    const auto two = lr::make(noise, lr::kFixed, "full", 3),
               one = lr::make(noise, lr::kFixed, "full", 2);
    const Fit a = fit(two, twice, 2), b = fit(one, once, 2);
    EXPECT_NEAR(a.bounds.back(), b.bounds.back(), 1e-9 * std::abs(b.bounds.back())) << s;
    const Tensor weights = two.weights(a.globals);
    // Their difference is as wide as the prior, of variance 1 + 1, and its mean is 0 beside that;
    // their sum is what the data say.
    EXPECT_NEAR(weights[1].item<double>(), weights[2].item<double>(), 1e-7) << s;
    const double sum = one.weights(b.globals)[1].item<double>() * std::sqrt(2.0);
    EXPECT_NEAR((weights[1] + weights[2]).item<double>(), sum, 1e-9 * std::abs(sum)) << s;
    const Tensor covariance = two.covariance(a.globals);
    const double difference =
        (covariance[1][1] + covariance[2][2] - covariance[1][2] * 2).item<double>();
    EXPECT_NEAR(difference, 2.0, 1e-6) << s;
  }
  // Without a prior they are refused as before.
  auto flat = lr::make(noise, lr::kFixed, "full", 3);
  flat.use_points({"all"}, true);
  EXPECT_THROW(fit(flat, at::stack({u + 1e6, u + 1e6, y}, -1), 2), DataError);
  EXPECT_THROW(fit(flat, at::stack({u * 0 + 1e6, u, y}, -1), 2), DataError);
}

// Columns from 1e-3 to 1e5, the largest of which hide the smallest in one another: refused,
// although the prior is proper. Columns of signs are orthogonal, so that the evidence falls apart
// into those of two weights, and of a plane in which 2 x 2 matrices keep their digits.
TEST(FarRegression, ColumnsOfVeryDifferentSizeReachTheirEvidence) {
  namespace lr = testing::linear_regression;
  constexpr double kSmall = 1e-3, kLarge = 1e5, kBeta = 1e6, kRows = 24;
  const Tensor number = at::arange(24, at::kDouble);
  const auto signs = [&number](double period) {
    return (number / (period / 2)).floor().remainder(2) * 2 - 1;
  };
  const Tensor a = signs(8), b = signs(4), c = signs(2), y = b * 2 + draws({24}, 12) * 1e-3;
  double expected =
      kRows / 2 * std::log(kBeta / (2 * M_PI)) - kBeta / 2 * y.square().sum().item<double>();
  // Of I + beta M, M in the plane of two directions of length 1: its part of the evidence.
  const auto add_plane = [&](double m11, double m12, double m22, double u, double v) {
    const double p = 1 + kBeta * m11, q = kBeta * m12, r = 1 + kBeta * m22, det = p * r - q * q;
    expected -= 0.5 * std::log(det);
    expected += kBeta / 2 * (u * u + v * v - (r * u * u - 2 * q * u * v + p * v * v) / det);
  };
  const auto along = [&y](const Tensor& phi) {
    return phi.dot(y).item<double>() / std::sqrt(kRows);
  };
  add_plane(kRows, 0, kRows, along(at::ones_like(y)), along(b));
  add_plane(2 * kRows * kSmall * kSmall,
            kRows * kSmall * kLarge,
            2 * kRows * kLarge * kLarge,
            along(a),
            along(c));
  const Tensor x = at::stack({a * kSmall, b, c * kLarge, c * kLarge + a * kSmall, y}, -1);
  const auto model = lr::make({{"type", "known"}, {"precision", kBeta}}, lr::kFixed, "full", 5);
  EXPECT_NEAR(fit(model, x, 2).bounds.back(), expected, 1e-7);
}

/// Whole numbers of 2^-20 around 0 at other places; see the script.
Tensor moved(const Tensor& u, const Json& chosen, const Tensor& y) {
  std::vector<Tensor> out;
  const Json &columns = chosen.at("columns"), &offsets = chosen.at("offsets");
  for (std::size_t j = 0; j < columns.size(); ++j)
    out.push_back(u.select(1, columns[j].get<std::int64_t>()) + offsets[j].get<double>());
  out.push_back(y + chosen.value("response", 0.0));
  return at::stack(out, -1);
}

// With two columns at 1e8 the bound was 0.08 nats above the evidence for each example, or the run
// was refused: the prior of the intercept swallowed what was known of the other directions.
TEST(FarRegression, ReachesItsEvidenceWhereverColumnsLie) {
  namespace lr = testing::linear_regression;
  const Json golden = testing::golden_file("far_regression.json");
  const Tensor u = golden_tensor(golden.at("u")), y = golden_tensor(golden.at("y"));
  for (const auto& one : golden.at("cases")) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    const Tensor x = moved(u, one, y);
    const auto full = lr::make(lr::kKnown, lr::kFixed, "full", x.size(1));
    const Fit a = fit(full, x, 2);
    EXPECT_NEAR(a.bounds.back(), one.at("evidence").get<double>(), 1e-9);
    EXPECT_NEAR(full.log_predictive(x, a.globals).mean().item<double>(),
                one.at("density").get<double>(),
                1e-10);
    const auto factorised = lr::make(lr::kKnown, lr::kFixed, "factorised", x.size(1));
    EXPECT_NEAR(fit(factorised, x, 2).bounds.back(), one.at("factorised").get<double>(), 1e-9);
    const auto joint = lr::make(lr::kLearned, lr::kFixed, "normal_gamma", x.size(1));
    EXPECT_NEAR(fit(joint, x, 2).bounds.back(), one.at("normal_gamma").get<double>(), 1e-9);
  }
}

TEST(FarRegression, PowersReachTheirEvidence) {
  namespace lr = testing::linear_regression;
  const Json golden = testing::golden_file("far_regression.json"), &cubic = golden.at("cubic");
  const Tensor x = at::stack({golden_tensor(cubic.at("x")), golden_tensor(golden.at("y"))}, -1);
  const Json basis = {{"type", "polynomial"}, {"degree", 3}, {"intercept", true}};
  const auto model = lr::make(lr::kKnown, lr::kFixed, "full", 2, basis);
  const Fit found = fit(model, x, 2);
  EXPECT_NEAR(found.bounds.back(), cubic.at("evidence").get<double>(), 1e-9);
  EXPECT_NEAR(model.log_predictive(x, found.globals).mean().item<double>(),
              cubic.at("density").get<double>(),
              1e-10);
}

HierarchicalRegression multilevel(std::int64_t num_columns, const Json& noise, const Json& keys) {
  Json config = {{"type", "hierarchical_regression"},
                 {"group_column", num_columns - 2},
                 {"num_groups", 4},
                 {"basis", testing::linear_regression::kLinear},
                 {"noise", noise},
                 {"centre_variance", 10.0}};
  config.update(keys);
  return HierarchicalRegression(ConfigNode(config, "model"),
                                testing::data_of({num_columns}, 100, 1));
}

/// Example n in group n mod 4, beside the response.
Tensor in_groups(const Tensor& x) {
  const Tensor group = at::arange(x.size(0), at::kDouble).remainder(4).unsqueeze(-1);
  const std::int64_t last = x.size(1) - 1;
  return at::cat({x.narrow(1, 0, last), group, x.narrow(1, last, 1)}, 1);
}

// The common centre lost its determinant in the frame even with one column at 1e8.
TEST(FarRegression, MultilevelAscentIsExactWhereverColumnsLie) {
  const Json golden = testing::golden_file("far_regression.json");
  const Tensor u = golden_tensor(golden.at("u")), y = golden_tensor(golden.at("y"));
  for (const auto& one : golden.at("cases")) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    const Tensor x = in_groups(moved(u, one, y));
    const auto model = multilevel(x.size(1),
                                  testing::linear_regression::kKnown,
                                  {{"spread_concentration", 1.25}, {"spread_rate", 0.5}});
    const Json& expected = one.at("multilevel");
    const Fit found = fit(model, x, static_cast<int>(expected.size()) + 1);
    ASSERT_TRUE(found.globals.frame().defined());
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found.bounds[i + 1], expected[i].get<double>(), 1e-9) << i;
  }
}

/// The frame is a matter of coordinates: where both have digits to spare nothing else changes.
void expect_same_with_and_without_frame(const ConjugateModel& model,
                                        const Tensor& x,
                                        int iterations) {
  const Fit framed = fit(model, x, iterations);
  ASSERT_TRUE(framed.globals.frame().defined());
  Globals plain = testing::start_of(model, x);
  double bound = 0;
  for (int i = 0; i < iterations; ++i) bound = testing::ascend(model, x, plain);
  EXPECT_NEAR(framed.bounds.back(), bound, 1e-7 * std::abs(bound));
  expect_never_falls({framed.bounds.begin() + 2, framed.bounds.end()});
  ASSERT_NE(model.response(), nullptr);
  const Prediction a = model.response()->predict(x, framed.globals, 0.9),
                   b = model.response()->predict(x, plain, 0.9);
  EXPECT_TRUE(at::allclose(a.mean, b.mean, 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(a.upper, b.upper, 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(a.log_density, b.log_density, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(model.log_predictive(x, framed.globals), a.log_density, 1e-8, 1e-8));
  EXPECT_NEAR(
      fixed_sum(model.local_step(x, framed.globals, {}).bound),
      model.expected_log_joint(model.local_step(x, framed.globals, {}).statistics, framed.globals),
      1e-8 * std::abs(bound));
}

TEST(FarRegression, FramesChangeNothingElse) {
  namespace lr = testing::linear_regression;
  const Tensor inputs = draws({60, 2}, 31) * at::tensor({1.0, 0.125}, at::kDouble),
               y = inputs.sum(1) * 2 + draws({60}, 32) * 0.25;
  const Tensor x =
      at::cat({inputs + at::tensor({150.0, -20.0}, at::kDouble), y.unsqueeze(-1) + 3}, 1);
  for (const auto& [noise, prior, posterior] : lr::kCases) {
    SCOPED_TRACE(noise.dump() + prior.dump() + posterior);
    for (const bool is_point : {false, true}) {
      auto model = lr::make(noise, prior, posterior, 3);
      if (is_point && posterior == "normal_gamma") model.use_points({"all"}, false);
      expect_same_with_and_without_frame(model, x, 30);
    }
  }
  const auto model =
      multilevel(4, lr::kLearned, {{"spread_concentration", 1.2}, {"spread_rate", 0.4}});
  expect_same_with_and_without_frame(model, in_groups(x), 2000);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
