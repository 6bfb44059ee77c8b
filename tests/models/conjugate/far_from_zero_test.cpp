// Data far from 0: moments about 0 lose (mean / standard deviation)^2 of their digits, so models
// compute in a frame near the data. What they say must not depend on where that is.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/models/conjugate/factor_analysis.h"
#include "elbow/models/conjugate/mixture.h"
#include "models/conjugate/far_from_zero_support.h"
#include "models/conjugate/hidden_markov_support.h"
#include "support/data_context.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using namespace testing::far_from_zero;
using testing::info_in;
using testing::resolved;

std::shared_ptr<MixtureModel> mixture(std::int64_t num_components,
                                      const Json& component,
                                      const Tensor& x,
                                      const Json& keys = Json::object()) {
  Json node = resolved(MixtureModel::info(), keys);
  node["num_components"] = num_components;
  node["component"] =
      resolved(info_in(component_likelihood_factory(), component.at("type")), component);
  node["weights"] = resolved(info_in(mixture_weights_factory(), "dirichlet"));
  return std::make_shared<MixtureModel>(ConfigNode(node), testing::data_of({x.size(1)}, x.size(0)));
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
        ASSERT_NE(far->ellipses(), nullptr);
        const auto shapes = far->ellipses()->class_shapes(b.globals),
                   others = near->ellipses()->class_shapes(a.globals);
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
    FactorAnalysis model(ConfigNode(config, "model"), testing::data_of({4}, 60));
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

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
