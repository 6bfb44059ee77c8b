// What single likelihoods make of their keys: where the numbers of an element come from, what an
// idle network predicts, and the grids of images.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/network.h"
#include "support/resolved_node.h"
#include "support/seeded.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using testing::info_in;
using testing::resolved;
constexpr std::int64_t kLatentSize = 3;

DataContext data_with_mean(const Tensor& mean) { return {mean.sizes().vec(), mean}; }

ConditionalDistributionPtr likelihood_of(const std::string& name,
                                         const DataContext& data,
                                         Json overrides = Json::object()) {
  overrides["network"] = resolved(info_in(network_factory(), "mlp"), {{"hidden_sizes", {4}}});
  const Json section = {{"likelihood", resolved(info_in(likelihood_factory(), name), overrides)}};
  const ConfigNode node(section, "model");
  at::manual_seed(1);
  return likelihood_factory().create(node.child("likelihood"),
                                     BuildContext{data.event_shape, {kLatentSize}, data});
}

/// The network says nothing but its last bias.
void silence(ConditionalDistribution& likelihood) {
  const at::NoGradGuard no_grad;
  likelihood.named_parameters().find("network.output.weight")->zero_();
}

/// The mean that a silent network predicts.
Tensor idle_mean(const std::string& name, const Tensor& mean, Json overrides = Json::object()) {
  const auto likelihood = likelihood_of(name, data_with_mean(mean), std::move(overrides));
  silence(*likelihood);
  return likelihood->forward(at::zeros({1, kLatentSize}))->location()[0];
}

TEST(Likelihoods, BeginAtTheMeanOfTheData) {
  const Tensor counts = at::tensor({3.0f, 0.5f, 0.0f, 700.0f});
  const Tensor possible = at::tensor({3.0f, 0.5f, 0.001f, 700.0f});
  for (const char* name : {"poisson", "negative_binomial", "gamma"})
    EXPECT_TRUE(at::allclose(idle_mean(name, counts), possible, 1e-5)) << name;
  EXPECT_TRUE(
      at::allclose(idle_mean("zero_inflated_negative_binomial", counts), possible * 0.9, 1e-5));
  EXPECT_TRUE(at::allclose(idle_mean("poisson", counts, {{"output_bias", "zero"}}), at::ones({4})));
  for (const char* name : {"student_t", "laplace"})
    EXPECT_TRUE(at::allclose(idle_mean(name, counts), counts)) << name;
  const Tensor shares = at::tensor({0.25f, 0.9f});
  EXPECT_TRUE(at::allclose(idle_mean("beta", shares), shares, 1e-5));
  // Not exactly: the logistic's tails are cut off at the ends of the grid.
  EXPECT_TRUE(at::allclose(idle_mean("discretized_logistic", shares), shares, 0, 0.12));
}

TEST(Likelihoods, TakeTheirNumbersFromWhereTheKeySays) {
  const DataContext data = data_with_mean(at::ones({6}));
  const auto find = [&](const std::string& origin) {
    const auto likelihood = likelihood_of(
        "negative_binomial", data, {{"dispersion", origin}, {"dispersion_value", 0.25}});
    silence(*likelihood);
    const auto p = likelihood->forward(at::zeros({1, kLatentSize}));
    EXPECT_TRUE(at::allclose(p->variance(), p->mean() + p->mean().square() * 0.25, 1e-4)) << origin;
    const auto parameters = likelihood->named_parameters();
    const Tensor* found = parameters.find("log_dispersion");
    return found == nullptr ? Shape{-1} : found->sizes().vec();
  };
  EXPECT_EQ(find("fixed"), Shape{-1});
  EXPECT_EQ(find("shared"), Shape{});
  EXPECT_EQ(find("per_element"), Shape{6});
  EXPECT_EQ(find("network"), Shape{-1});
}

TEST(Likelihoods, LearnedNumbersStopAtTheirLimits) {
  const auto likelihood =
      likelihood_of("gamma", data_with_mean(at::ones({2})), {{"min_log_dispersion", -3.0}});
  likelihood->named_parameters().find("log_dispersion")->detach().fill_(-50.0);
  const auto p = likelihood->forward(at::zeros({1, kLatentSize}));
  EXPECT_TRUE(
      at::allclose(p->variance() / p->mean().square(), at::full({1, 2}, std::exp(-3.0)), 1e-4));
}

TEST(Ordinal, BeginsWithClassesThatAreEquallyProbable) {
  for (const char* cuts : {"shared", "per_element"}) {
    const auto likelihood = likelihood_of(
        "ordinal", data_with_mean(at::ones({2})), {{"num_classes", 5}, {"cut_points", cuts}});
    silence(*likelihood);
    const auto p = likelihood->forward(at::zeros({1, kLatentSize}));
    for (int code = 0; code < 5; ++code)
      EXPECT_NEAR(p->log_prob(at::full({1, 2}, code)).item<float>(), 2 * std::log(0.2), 1e-5);
  }
}

TEST(Categorical, DrawsCodesAsNumbersOfTheData) {
  const auto likelihood =
      likelihood_of("categorical", data_with_mean(at::ones({2, 3, 4})), {{"num_classes", 4}});
  auto source = testing::seeded(2);
  const auto p = likelihood->forward(at::randn({50, kLatentSize}));
  const Tensor draws = p->sample({}, source);
  EXPECT_EQ(draws.sizes(), (Shape{50, 2, 3, 4}));
  EXPECT_EQ(draws.scalar_type(), at::kFloat);
  EXPECT_EQ(draws.min().item<float>(), 0);
  EXPECT_EQ(draws.max().item<float>(), 3);
  EXPECT_EQ(p->log_prob(draws).sizes(), Shape{50});
}

TEST(DiscretizedLogistic, ConditionsTheChannelsOfColourImages) {
  const DataContext colour = data_with_mean(at::full({3, 5, 4}, 0.5)),
                    grey = data_with_mean(at::full({1, 5, 4}, 0.5));
  const Tensor z = at::randn({7, kLatentSize});
  const auto event = [&](const DataContext& data, const Json& overrides) {
    const auto p = likelihood_of("discretized_logistic", data, overrides)->forward(z);
    auto source = testing::seeded(3);
    const Tensor draws = p->sample({}, source);
    // Every draw is a level of a byte.
    EXPECT_LT((draws * 255 - (draws * 255).round()).abs().max().item<float>(), 1e-4f);
    EXPECT_EQ(p->log_prob(draws).sizes(), Shape{7});
    EXPECT_TRUE(p->log_prob(draws).isfinite().all().item<bool>());
    EXPECT_EQ(p->location().sizes(), draws.sizes());
    return p->name();
  };
  EXPECT_EQ(event(colour, {{"num_components", 3}}), "pixel_mixture");
  EXPECT_EQ(event(colour, Json::object()), "pixel_mixture");
  EXPECT_EQ(event(colour, {{"channels", "independent"}, {"num_components", 3}}), "independent");
  EXPECT_EQ(event(grey, {{"num_components", 3}}), "independent");
  EXPECT_EQ(event(grey, Json::object()), "independent");
  try {
    event(grey, {{"channels", "conditioned"}});
    FAIL() << "grey images have no channels that could depend on each other";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.diagnostics().front().path, "model.likelihood.channels");
    EXPECT_THAT(error.diagnostics().front().message, HasSubstr("three channels"));
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
