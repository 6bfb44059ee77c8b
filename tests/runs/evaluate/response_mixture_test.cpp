// The mixture over draws of the weights, against linear regression in closed form.
#include "elbow/runs/evaluate/response_mixture.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "elbow/inference/guides/empty_guide.h"
#include "elbow/inference/guides/weight_guide.h"
#include "elbow/models/generative/bayesian_network_classification.h"
#include "elbow/models/generative/bayesian_network_regression.h"
#include "elbow/models/generative/dropout_regression.h"
#include "elbow/neural/conditional/family.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::resolved;

class ResponseMixtureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    torch::set_default_dtype(caffe2::TypeMeta::Make<double>());
    at::manual_seed(3);
  }
  void TearDown() override { torch::set_default_dtype(caffe2::TypeMeta::Make<float>()); }
};

RegressionOptions linear(std::int64_t inputs, std::int64_t groups) {
  RegressionOptions out;
  out.input_size = inputs;
  out.num_groups = groups;
  out.hidden_sizes = {};
  out.activation = at::relu;
  out.noise_scale = 0.4;
  return out;
}

// w ~ N(m, s^2 I): the response is normal with mean phi m and variance s^2 |phi|^2 + noise^2.
// 20,000 draws; the mean within 5 standard errors, false alarm below 6e-7, the others within 2 %.
TEST_F(ResponseMixtureTest, OfALinearModelIsANormal) {
  constexpr std::int64_t kInputs = 2, kGroups = 2, kDraws = 20000;
  BayesianNetworkRegression model(linear(kInputs, kGroups), {1.0, false});
  const auto family = posterior_factory().create(
      ConfigNode(resolved(info_in(posterior_factory(), "diag_normal"), {}), "guide.posterior"),
      BuildContext{{kInputs + 1}});
  const Tensor mean = torch::tensor({{0.5, -1.0, 0.2}, {2.0, 0.3, -0.7}});
  WeightGuide guide(model.sites().front(), family, nullptr, family->centred_at(mean, 0.3));
  const ResponseMixture mixture(model, guide, kDraws, /*seed=*/1);
  const Tensor inputs = torch::randn({4, kGroups, kInputs}), y = torch::randn({4, kGroups});
  const auto answer = mixture.at(inputs, y, {0, 1, 2, 3});
  const Tensor phi = at::cat({inputs, torch::ones({4, kGroups, 1})}, -1) / std::sqrt(3.0);
  const Tensor expected = (phi * mean).sum(-1);
  const Tensor spread = 0.09 * phi.square().sum(-1), variance = spread + 0.16;
  EXPECT_TRUE(((answer.mean - expected).abs() <= 5 * (spread / kDraws).sqrt()).all().item<bool>());
  EXPECT_TRUE(at::allclose(answer.variance, variance, 0.02));
  const Tensor density =
      -0.5 * ((y - expected).square() / variance + variance.log() + std::log(2 * M_PI));
  EXPECT_TRUE(at::allclose(answer.log_density, density, 0.02, 0.02));
  EXPECT_TRUE((answer.expected_log_density <= answer.log_density).all().item<bool>());
  // KL(N(m, 0.09) || N(0, 1)) by hand.
  const Tensor kl = 0.5 * (mean.square() + 0.09 - 1 - std::log(0.09)).sum(-1);
  EXPECT_TRUE(at::allclose(mixture.kl(), kl, 1e-10));
}

TEST_F(ResponseMixtureTest, IntervalsHoldTheirMass) {
  BayesianNetworkRegression model(linear(1, 1), {1.0, false});
  const auto family = posterior_factory().create(
      ConfigNode(resolved(info_in(posterior_factory(), "diag_normal"), {}), "guide.posterior"),
      BuildContext{{2}});
  WeightGuide guide(
      model.sites().front(), family, nullptr, family->centred_at(torch::zeros({1, 2}), 0.5));
  const ResponseMixture mixture(model, guide, 20000, /*seed=*/2);
  const auto found = mixture.predict(torch::ones({1, 1}), torch::zeros({1}), 0.9);
  // |phi|^2 = 1: variance 0.25 + 0.16. The quantile's standard error is about 0.008.
  const double half = 1.6448536269514722 * std::sqrt(0.41);
  EXPECT_NEAR(found.upper.item<double>(), half, 0.04);
  EXPECT_NEAR(found.lower.item<double>(), -half, 0.04);
  EXPECT_NEAR(found.standard_deviation.item<double>(), std::sqrt(0.41), 0.01);
  EXPECT_TRUE(found.log_density.defined());
}

TEST_F(ResponseMixtureTest, DropoutRepeatsForASeedAndLeavesTheWeightsAlone) {
  RegressionOptions options = linear(3, 1);
  options.hidden_sizes = {8};
  DropoutRegression model(options, {0.3, 0.01});
  EmptyGuide guide;
  const Tensor inputs = torch::randn({5, 1, 3});
  const std::vector<std::int64_t> rows{0, 1, 2, 3, 4};
  const auto a = ResponseMixture(model, guide, 120, 7).at(inputs, {}, rows),
             b = ResponseMixture(model, guide, 120, 7).at(inputs, {}, rows),
             c = ResponseMixture(model, guide, 120, 8).at(inputs, {}, rows);
  EXPECT_TRUE(a.mean.equal(b.mean));
  EXPECT_FALSE(a.mean.equal(c.mean));
  EXPECT_TRUE((a.variance > 0.16).all().item<bool>()) << "the draws differ";
  EXPECT_FALSE(a.log_density.defined());
}

// An answer is about one example: not about those that are asked for with it, nor their order.
TEST_F(ResponseMixtureTest, UnitsThatAreLeftOutBelongToTheExample) {
  constexpr std::int64_t kGroups = 2;
  RegressionOptions options = linear(3, kGroups);
  options.hidden_sizes = {8};
  DropoutRegression model(options, {0.3, 0.01});
  EmptyGuide guide;
  const ResponseMixture mixture(model, guide, 120, /*seed=*/7);
  const Tensor inputs = torch::randn({5, kGroups, 3}), y = torch::randn({5, kGroups});
  const auto all = mixture.at(inputs, y, {0, 1, 2, 3, 4});
  const Tensor some = at::tensor({3, 1}, at::kLong);
  const auto few =
      mixture.at(inputs.index_select(0, some), y.index_select(0, some), /*rows=*/{3, 1});
  const auto agrees = [&some](const Tensor& whole, const Tensor& part) {
    return at::allclose(whole.index_select(0, some), part, 1e-12, 1e-12);
  };
  EXPECT_TRUE(agrees(all.mean, few.mean));
  EXPECT_TRUE(agrees(all.variance, few.variance));
  EXPECT_TRUE(agrees(all.log_density, few.log_density));
  EXPECT_FALSE(at::allclose(mixture.at(inputs, y, {5, 6, 7, 8, 9}).mean, all.mean));
}

// Of particles, draws and a guide alike: the interval follows from the probability, where simulated
// responses of few draws leave out what the mean gives more than the tail.
TEST_F(ResponseMixtureTest, IntervalsOfBinaryResponsesAgreeWithTheirMean) {
  BayesianNetworkClassification model(linear(1, 1), {1.0, 0.05});
  const auto family = posterior_factory().create(
      ConfigNode(resolved(info_in(posterior_factory(), "diag_normal"), {}), "guide.posterior"),
      BuildContext{{2}});
  WeightGuide guide(
      model.sites().front(), family, nullptr, family->centred_at(torch::ones({1, 2}), 0.1));
  const ResponseMixture mixture(model, guide, 30, /*seed=*/2);
  const auto found = mixture.predict(torch::linspace(-9, 9, 200).unsqueeze(1), {}, 0.9);
  const Tensor p = found.mean;
  ASSERT_LT(p.min().item<double>(), 0.03);
  ASSERT_GT(p.max().item<double>(), 0.97);
  EXPECT_TRUE(at::equal(found.lower, (p > 0.95).to(at::kDouble)));
  EXPECT_TRUE(at::equal(found.upper, (p >= 0.05).to(at::kDouble)));
}

// A file that is predicted in parts has the intervals that it has as a whole.
TEST_F(ResponseMixtureTest, IntervalsBelongToTheExample) {
  RegressionOptions options = linear(2, 1);
  options.hidden_sizes = {8};
  DropoutRegression model(options, {0.3, 0.01});
  EmptyGuide guide;
  const ResponseMixture mixture(model, guide, 200, /*seed=*/7);
  const Tensor inputs = torch::randn({6, 2});
  const auto whole = mixture.predict(inputs, {}, 0.9),
             part = mixture.predict(inputs.narrow(0, 4, 2), {}, 0.9, /*first_row=*/4);
  EXPECT_TRUE(at::allclose(whole.lower.narrow(0, 4, 2), part.lower, 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(whole.upper.narrow(0, 4, 2), part.upper, 1e-12, 1e-12));
}

// Flows with a context of each data set: what one set's layers do is nothing to the other, and all
// of them have a gradient. Planar layers have no inverse: the KL is of the draws' own densities.
TEST_F(ResponseMixtureTest, FlowsOfDataSetsSideBySideDoNotMix) {
  constexpr std::int64_t kWeights = 3, kGroups = 2;
  const auto family = posterior_factory().create(
      ConfigNode(resolved(info_in(posterior_factory(), "diag_normal"), {}), "guide.posterior"),
      BuildContext{{kWeights}});
  const Json layer =
      resolved(info_in(flow_factory(), "planar"), {{"amortized", true}, {"count", 2}});
  const auto flows = std::make_shared<FlowStack>(std::vector<ConfigNode>{ConfigNode(layer, "flow")},
                                                 BuildContext{{kWeights}, /*context_shape=*/{1}});
  WeightGuide guide({"weights", {kWeights}, Support::real(), Scope::global},
                    family,
                    flows,
                    family->centred_at(torch::zeros({kGroups, kWeights}), 0.5));
  const auto draw = [&guide] {
    GeneratorSource source(at::detail::createCPUGenerator(7));
    const Trace trace =
        guide.condition({torch::zeros({1})})->draw(4, source, DrawGradient::pathwise);
    return std::make_pair(trace.at("weights").value(), trace.at("weights").log_prob());
  };
  const auto [before, density_before] = draw();
  ASSERT_EQ(density_before.sizes(), (Shape{4, kGroups}));
  (before.square().sum() + density_before.sum()).backward();
  Tensor context = guide.named_parameters()["context"];
  EXPECT_TRUE((context.grad().abs().sum(1) > 0).all().item<bool>());
  {
    const at::NoGradGuard no_grad;
    context[1].add_(0.3);
  }
  const auto [after, density_after] = draw();
  EXPECT_TRUE(at::equal(after.select(1, 0), before.select(1, 0)));
  EXPECT_TRUE(at::equal(density_after.select(1, 0), density_before.select(1, 0)));
  EXPECT_FALSE(at::allclose(after.select(1, 1), before.select(1, 1)));

  BayesianNetworkRegression model(linear(kWeights - 1, kGroups), {1.0, false});
  const Tensor kl = ResponseMixture(model, guide, 4000, /*seed=*/1).kl();
  ASSERT_EQ(kl.sizes(), (Shape{kGroups}));
  EXPECT_TRUE((kl > 0).all().item<bool>());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
