// Data far from 0: moments about 0 lose (mean / standard deviation)^2 of their digits, so models
// compute in a frame near the data. What they say must not depend on where that is.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "conjugate/hidden_markov_support.h"
#include "conjugate/linear_regression_examples.h"
#include "conjugate/model_checks.h"
#include "elbow/conjugate/factor_analysis.h"
#include "elbow/conjugate/hierarchical_regression.h"
#include "elbow/conjugate/mixture.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::golden_tensor;
using testing::info_in;
using testing::initial_data;
using testing::resolved;

/// A power of two times 5, so that multiples of 2^-20 around it are numbers of float64.
constexpr double kFar = 5242880;

/// Standard normal draws rounded to multiples of 2^-20.
Tensor draws(at::IntArrayRef shape, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  return (at::randn(shape, generator, at::kDouble) * 0x1p20).round() * 0x1p-20;
}

struct Fit {
  Globals globals;
  std::vector<double> bounds;
};

Fit fit(const ConjugateModel& model, const Tensor& x, int iterations, std::uint64_t seed = 3) {
  GeneratorSource source(at::detail::createCPUGenerator(seed));
  Fit out{model.start(initial_data(x), source), {}};
  for (int i = 0; i < iterations; ++i) {
    out.bounds.push_back(testing::ascend(model, x, out.globals));
    model.reframe(out.globals);
  }
  return out;
}

void expect_never_falls(const std::vector<double>& bounds) {
  for (std::size_t i = 1; i < bounds.size(); ++i)
    EXPECT_GE(bounds[i], bounds[i - 1] - 1e-10 * std::abs(bounds[i])) << i;
}

std::shared_ptr<MixtureModel> mixture(std::int64_t num_components,
                                      const Json& component,
                                      const Tensor& x,
                                      const Json& keys = Json::object()) {
  Json node = resolved(MixtureModel::info(), keys);
  node["num_components"] = num_components;
  node["component"] =
      resolved(info_in(component_likelihood_factory(), component.at("type")), component);
  node["weights"] = resolved(info_in(mixture_weights_factory(), "dirichlet"));
  return std::make_shared<MixtureModel>(ConfigNode(node),
                                        ConjugateFacts{{x.size(1)}, x.size(0), 0});
}

/// Groups of four numbers `step` apart, of which one begins at each place.
Tensor tight_groups(const std::vector<double>& places, double step) {
  std::vector<double> out;
  for (const double place : places)
    for (int i = 0; i < 4; ++i) out.push_back(place + step * i);
  return at::tensor(out, at::kDouble).unsqueeze(-1);
}

/// Mean log likelihood of groups of four that do not overlap.
double separate_groups(const Tensor& x) {
  double out = -std::log(static_cast<double>(x.size(0)) / 4);
  const Tensor groups = x.reshape({-1, 4}), within = groups - groups.narrow(1, 0, 1);
  const Tensor variance = (within - within.mean(1, true)).square().mean(1);
  return out - 0.5 * ((variance * (2 * M_PI)).log().mean().item<double>() + 1);
}

// Moments about 0 made -0.6317 of the first, where -0.61422 is right.
TEST(FarFromZero, TightGroupsHaveTheirClosedFormLikelihood) {
  for (const Tensor& x : {tight_groups({5400000, 5400800}, 0.2),
                          tight_groups({5400000, 5400800}, 0.1),
                          tight_groups({400000, 5400000, 9300000}, 0x1p-6)}) {
    const std::int64_t k = x.size(0) / 4;
    for (const char* type : {"normal_full", "normal_diagonal"}) {
      const auto model = mixture(k, {{"type", type}}, x);
      model->use_points({"all"}, /*is_flat=*/true);
      const Fit found = fit(*model, x, 30);
      EXPECT_NEAR(found.bounds.back() / static_cast<double>(x.size(0)), separate_groups(x), 1e-11);
      expect_never_falls(found.bounds);
      EXPECT_NEAR(
          model->log_predictive(x, found.globals).mean().item<double>(), separate_groups(x), 1e-11);
    }
  }
}

TEST(FarFromZero, MixturesAreTheSameWhereverTheDataLie) {
  const Tensor x =
      at::cat({draws({40, 2}, 1), draws({40, 2}, 2) * 0.25 + 6, draws({40, 2}, 5) - 5});
  for (const Json& component : {Json{{"type", "normal_full"}},
                                Json{{"type", "normal_diagonal"}},
                                Json{{"type", "normal_unit"}}})
    for (const bool is_hard : {false, true})
      for (const bool is_flat : {false, true}) {
        SCOPED_TRACE(component.dump() + (is_hard ? " hard" : "") + (is_flat ? " flat" : ""));
        Json there = component;
        there["location"] = kFar;
        const auto near = mixture(3, component, x, {{"hard", is_hard}}),
                   far = mixture(3, there, x, {{"hard", is_hard}});
        for (const auto& model : {near, far})
          if (is_flat) model->use_points({"all"}, true);
        const Fit a = fit(*near, x, 25), b = fit(*far, x + kFar, 25);
        ASSERT_FALSE(a.globals.frame().defined());
        ASSERT_TRUE(b.globals.frame().defined());
        for (std::size_t i = 0; i < a.bounds.size(); ++i)
          EXPECT_NEAR(b.bounds[i], a.bounds[i], 1e-10 * std::abs(a.bounds[i])) << i;
        EXPECT_TRUE(at::allclose(far->log_predictive(x + kFar, b.globals),
                                 near->log_predictive(x, a.globals),
                                 1e-9,
                                 1e-9));
        EXPECT_TRUE(at::allclose(far->encode(x + kFar, b.globals).front().second,
                                 near->encode(x, a.globals).front().second,
                                 1e-8,
                                 1e-8));
        GeneratorSource one(at::detail::createCPUGenerator(8)),
            two(at::detail::createCPUGenerator(8));
        EXPECT_TRUE(at::allclose(
            far->sample(50, b.globals, one) - kFar, near->sample(50, a.globals, two), 1e-6, 1e-6));
        const auto shapes = far->class_shapes(b.globals), others = near->class_shapes(a.globals);
        for (std::size_t k = 0; k < shapes.size(); ++k)
          EXPECT_TRUE(at::allclose(shapes[k].mean - kFar, others[k].mean, 1e-7, 1e-7));
      }
}

TEST(FarFromZero, HiddenMarkovModelsAreTheSameWhereverTheDataLie) {
  const Tensor x = (testing::normal_sequences({40, 25, 31}, 3, 5).mul(0x1p20).round()) * 0x1p-20;
  for (const char* type : {"normal_full", "normal_diagonal", "normal_unit"})
    for (const bool is_flat : {false, true}) {
      SCOPED_TRACE(std::string(type) + (is_flat ? " flat" : ""));
      const std::vector<std::int64_t> shape{x.size(1), x.size(2)};
      const auto near = testing::hidden_markov(3, shape, {{"type", type}}),
                 far = testing::hidden_markov(3, shape, {{"type", type}, {"location", kFar}});
      for (const auto& model : {near, far})
        if (is_flat) model->use_points({"all"}, true);
      const Fit a = fit(*near, x, 15), b = fit(*far, x + kFar, 15);
      ASSERT_TRUE(b.globals.frame().defined());
      for (std::size_t i = 0; i < a.bounds.size(); ++i)
        EXPECT_NEAR(b.bounds[i], a.bounds[i], 1e-9 * std::abs(a.bounds[i])) << i;
      EXPECT_TRUE(at::allclose(far->encode(x + kFar, b.globals)[0].second,
                               near->encode(x, a.globals)[0].second,
                               1e-7,
                               1e-7));
      if (!is_flat) continue;
      EXPECT_TRUE(at::allclose(far->log_predictive(x + kFar, b.globals),
                               near->log_predictive(x, a.globals),
                               1e-9,
                               1e-9));
    }
}

TEST(FarFromZero, FactorAnalysisIsTheSameWhereverTheDataLie) {
  const Tensor x =
      draws({60, 2}, 3).matmul((draws({2, 4}, 4) * 16).round() / 16) + (draws({60, 4}, 6) * 0x1p-2);
  for (const bool is_flat : {false, true}) {
    Json config = resolved(FactorAnalysis::info(), {{"num_factors", 2}, {"noise", "diagonal"}});
    config["loading_prior"] = resolved(info_in(weight_prior_factory(), "ard"));
    // So wide that it does not know where 0 is.
    config["mean_precision"] = 1e-30;
    FactorAnalysis model(ConfigNode(config, "model"), {{4}, 60, 0});
    if (is_flat) model.use_points({"all"}, true);
    const Fit a = fit(model, x, 60), b = fit(model, x + kFar, 60);
    ASSERT_FALSE(a.globals.frame().defined());
    ASSERT_TRUE(b.globals.frame().defined());
    for (std::size_t i = 0; i < a.bounds.size(); ++i)
      EXPECT_NEAR(b.bounds[i], a.bounds[i], 1e-9 * std::abs(a.bounds[i])) << i;
    EXPECT_TRUE(at::allclose(model.encode(x + kFar, b.globals)[0].second,
                             model.encode(x, a.globals)[0].second,
                             1e-7,
                             1e-7));
    GeneratorSource one(at::detail::createCPUGenerator(8)), two(at::detail::createCPUGenerator(8));
    EXPECT_TRUE(at::allclose(
        model.sample(20, b.globals, one) - kFar, model.sample(20, a.globals, two), 1e-5, 1e-5));
  }
}

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
TEST(FarFromZero, RegressionReachesItsEvidence) {
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
    const Tensor mean = full.predict(x.narrow(1, 0, 1), a.globals, 0.9)->mean;
    EXPECT_LE((mean - level - slope * u).abs().max().item<double>(), 1e-9) << c;
    EXPECT_NEAR(full.weights(a.globals)[1].item<double>(), slope, 1e-9 * std::abs(slope)) << c;
  }
}

// What columns say twice is left to the prior: (s u, s u) with weights of precision 1 is sqrt(2) s
// u with one. Refused before, although the prior is proper.
TEST(FarFromZero, ColumnsThatDependOnOneAnotherAreLeftToTheirPrior) {
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
    EXPECT_NEAR(weights[1].item<double>(), weights[2].item<double>(), 1e-6 / s) << s;
    // Their difference is as wide as the prior: variance 1 + 1.
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
  const auto a = model.predict(x, framed.globals, 0.9), b = model.predict(x, plain, 0.9);
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(at::allclose(a->mean, b->mean, 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(a->upper, b->upper, 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(a->log_density, b->log_density, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(model.log_predictive(x, framed.globals), a->log_density, 1e-8, 1e-8));
  EXPECT_NEAR(
      fixed_sum(model.local_step(x, framed.globals, {}).bound),
      model.expected_log_joint(model.local_step(x, framed.globals, {}).statistics, framed.globals),
      1e-8 * std::abs(bound));
}

TEST(FarFromZero, FramesOfRegressionsChangeNothingElse) {
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
  const Json config = {{"type", "hierarchical_regression"},
                       {"group_column", 2},
                       {"num_groups", 4},
                       {"basis", lr::kLinear},
                       {"noise", lr::kLearned},
                       {"centre_variance", 10.0},
                       {"spread_concentration", 1.2},
                       {"spread_rate", 0.4}};
  const HierarchicalRegression model(ConfigNode(config, "model"), {{4}, 60, 1});
  const Tensor group = at::arange(60, at::kDouble).remainder(4).unsqueeze(-1);
  expect_same_with_and_without_frame(
      model, at::cat({x.narrow(1, 0, 2), group, x.narrow(1, 2, 1)}, 1), 2000);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
