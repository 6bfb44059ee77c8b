// Networks as functions of their weights, and models of a response made of them.
#include "elbow/models/generative/weight_network.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "elbow/models/generative/bayesian_network_regression.h"
#include "elbow/models/generative/dropout_regression.h"
#include "support/model_context.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::no_noise;

const auto kDouble = at::TensorOptions().dtype(at::kDouble);

class Float64Default : public ::testing::Test {
 protected:
  void SetUp() override {
    torch::set_default_dtype(caffe2::TypeMeta::Make<double>());
    at::manual_seed(5);
  }
  void TearDown() override { torch::set_default_dtype(caffe2::TypeMeta::Make<float>()); }
};
using WeightNetworkTest = Float64Default;
using ResponseModelTest = Float64Default;

TEST_F(WeightNetworkTest, IsALayerAfterTheOther) {
  const WeightNetwork network(3, {4, 2}, 1, at::tanh);
  ASSERT_EQ(network.num_weights(), 4 * 4 + 5 * 2 + 3);
  const Tensor weights = at::randn({2, 5, network.num_weights()}, kDouble),
               x = at::randn({5, 7, 3}, kDouble);
  const Tensor out = network.forward(x, weights);
  ASSERT_EQ(out.sizes(), (at::IntArrayRef{2, 5, 7, 1}));
  for (int k = 0; k < 2; ++k)
    for (int g = 0; g < 5; ++g) {
      const Tensor w = weights[k][g];
      const Tensor first =
          at::tanh(x[g].matmul(w.narrow(0, 0, 12).view({3, 4})) + w.narrow(0, 12, 4));
      const Tensor second =
          at::tanh(first.matmul(w.narrow(0, 16, 8).view({4, 2})) + w.narrow(0, 24, 2));
      const Tensor last = second.matmul(w.narrow(0, 26, 2).view({2, 1})) + w.narrow(0, 28, 1);
      EXPECT_TRUE(at::allclose(out[k][g], last, 1e-12, 1e-12));
    }
  const Tensor scales = network.fan_in_scales();
  EXPECT_NEAR(scales[0].item<double>(), 0.5, 1e-15);
  EXPECT_NEAR(scales[28].item<double>(), 1 / std::sqrt(3.0), 1e-15);
}

// The mean over masks of a linear map is the map; 5 standard errors, false alarm below 6e-7.
TEST_F(WeightNetworkTest, DropoutLeavesTheMeanOfALinearMap) {
  const WeightNetwork network(6, {}, 1, at::relu);
  const Tensor weights = at::randn({1, 1, 7}, kDouble), x = at::randn({1, 1, 6}, kDouble);
  const Tensor draws = network.forward(x, weights.expand({40000, 1, 7}), /*dropout=*/0.3).flatten();
  const double error = draws.std().item<double>() / 200.0;
  EXPECT_GT(error, 0);
  EXPECT_NEAR(draws.mean().item<double>(), network.forward(x, weights).item<double>(), 5 * error);
}

/// ln p(y) of Bayesian linear regression: w_j ~ N(0, s^2 / (D + 1)) with an intercept.
double log_evidence_of_linear(const Tensor& x, const Tensor& y, double prior, double noise) {
  const Tensor phi = at::cat({x, at::ones({x.size(0), 1}, kDouble)}, 1);
  const double variance = prior * prior / static_cast<double>(phi.size(1));
  const Tensor covariance =
      at::eye(x.size(0), kDouble) * (noise * noise) + phi.matmul(phi.t()) * variance;
  const Tensor factor = at::linalg_cholesky(covariance);
  const Tensor white = at::linalg_solve_triangular(factor, y.unsqueeze(-1), /*upper=*/false);
  return -0.5 * white.square().sum().item<double>() - factor.diagonal().log().sum().item<double>() -
         0.5 * static_cast<double>(x.size(0)) * std::log(2 * M_PI);
}

// Without hidden layers the model is linear regression: the joint density of two data sets, over
// whatever weights, is what the textbook says; here by the exact posterior, whose ratio is
// constant.
TEST_F(ResponseModelTest, WithoutHiddenLayersIsLinearRegression) {
  const std::int64_t n = 12, d = 2, groups = 2;
  const double prior_scale = 1.3, noise = 0.6;
  RegressionOptions options;
  options.input_size = d;
  options.num_groups = groups;
  options.hidden_sizes = {};
  options.activation = at::relu;
  options.noise_scale = noise;
  BayesianNetworkRegression model(options, {prior_scale, false});
  const Tensor x = at::randn({n, groups, d + 1}, kDouble);
  for (std::int64_t g = 0; g < groups; ++g) {
    const Tensor inputs = x.select(1, g).narrow(1, 0, d), y = x.select(1, g).select(1, d);
    // Posterior of the weights in the guide's units.
    const Tensor phi = at::cat({inputs, at::ones({n, 1}, kDouble)}, 1) / std::sqrt(d + 1.0);
    const Tensor precision = at::eye(d + 1, kDouble) / (prior_scale * prior_scale) +
                             phi.t().matmul(phi) / (noise * noise);
    const Tensor mean = at::linalg_solve(precision, phi.t().matmul(y) / (noise * noise));
    const Tensor draws = at::randn({5, d + 1}, kDouble);
    Tensor weights = at::zeros({5, groups, d + 1}, kDouble);
    weights.select(1, g).copy_(draws);
    Trace guide;
    guide.add(Site("weights", nullptr, weights, /*is_observed=*/false, Scope::global));
    const Trace trace = model.score(batch_with_response(x, {}, 1), guide, no_noise());
    ASSERT_EQ(trace.at("y").log_prob().sizes(), (at::IntArrayRef{5, n * groups}));
    ASSERT_EQ(trace.at("weights").log_prob().sizes(), (at::IntArrayRef{5, groups}));
    const Tensor joint = trace.at("y").log_prob().view({5, n, groups}).select(2, g).sum(1) +
                         trace.at("weights").log_prob().select(1, g);
    const Tensor away = draws - mean;
    const Tensor log_q = -0.5 * (away.matmul(precision) * away).sum(1) +
                         0.5 * at::logdet(precision) - 0.5 * (d + 1) * std::log(2 * M_PI);
    const double evidence = log_evidence_of_linear(inputs, y, prior_scale, noise);
    EXPECT_TRUE(((joint - log_q) - evidence).abs().lt(1e-10).all().item<bool>());
  }
}

TEST_F(ResponseModelTest, DropoutPaysForItsWeights) {
  RegressionOptions options;
  options.input_size = 3;
  options.hidden_sizes = {4};
  options.activation = at::relu;
  const Batch batch = batch_with_response(at::randn({6, 4}, kDouble), {}, 1);
  at::manual_seed(9);
  DropoutRegression with(options, {/*rate=*/0.0, /*length_scale=*/2.0});
  at::manual_seed(9);
  DropoutRegression without(options, {/*rate=*/0.0, /*length_scale=*/0.0});
  const Tensor difference = without.score(batch, {}, no_noise(50)).at("y").log_prob() -
                            with.score(batch, {}, no_noise(50)).at("y").log_prob();
  const double squares = with.parameters()[0].square().sum().item<double>();
  EXPECT_TRUE(at::allclose(difference, at::full({1, 6}, 4.0 / 100.0 * squares, kDouble), 1e-10));
}

/// KL from N(0, 1 / l^2) of a weight that is `value` with probability `kept` and else 0, both
/// widened by a normal of standard deviation `width`: by the trapezium rule.
double kl_of_weight(double value, double kept, double length_scale, double width) {
  constexpr int kSteps = 200000;
  const double low = std::min(0.0, value) - 10 * width, high = std::max(0.0, value) + 10 * width;
  const double step = (high - low) / kSteps;
  const auto bell = [](double x, double s) { return std::exp(-x * x / (2 * s * s)) / s; };
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double w = low + i * step;
    const double q =
        (kept * bell(w - value, width) + (1 - kept) * bell(w, width)) / std::sqrt(2 * M_PI);
    if (q == 0) continue;
    const double log_p =
        -0.5 * std::pow(w * length_scale, 2) + std::log(length_scale) - 0.5 * std::log(2 * M_PI);
    sum += q * (std::log(q) - log_p) * step;
  }
  return sum;
}

// What a weight pays is how its KL grows with it, 1 / N of it in each example: of a matrix element
// under dropout, which a unit that is kept meets divided by 1 - rate, and of a bias, which is never
// left out (Gal, Ghahramani, 2016, appendix, equation 7). The rule is exact to 1e-8 here.
TEST_F(ResponseModelTest, DropoutPaysWhatTheKlOfItsPosteriorGrowsBy) {
  constexpr double kShare = 0.3, kLengthScale = 2.0, kExamples = 50;
  RegressionOptions options;
  options.input_size = 1;
  options.hidden_sizes = {};
  options.activation = at::relu;
  const Batch batch = batch_with_response(at::randn({6, 2}, kDouble), {}, 1);
  const auto log_prob = [&](double matrix, double bias, double length_scale) {
    DropoutRegression model(options, {kShare, length_scale});
    const at::NoGradGuard no_grad;
    Tensor weights = model.parameters()[0];
    EXPECT_EQ(weights.sizes(), (at::IntArrayRef{1, 2}));
    weights[0][0] = matrix;
    weights[0][1] = bias;
    at::manual_seed(9);
    return model.score(batch, {}, no_noise(50)).at("y").log_prob()[0][0].item<double>();
  };
  const auto paid = [&](double matrix, double bias) {
    return log_prob(matrix, bias, 0.0) - log_prob(matrix, bias, kLengthScale);
  };
  constexpr double kWidth = 0.01;
  const auto kl = [&](double value, double kept) {
    return kl_of_weight(value, kept, kLengthScale, kWidth) / kExamples;
  };
  const double kept = 1 - kShare;
  EXPECT_NEAR(paid(0.9, 0.4) - paid(0.5, 0.4), kl(0.9 / kept, kept) - kl(0.5 / kept, kept), 1e-8);
  EXPECT_NEAR(paid(0.9, 0.8) - paid(0.9, 0.4), kl(0.8, 1) - kl(0.4, 1), 1e-8);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
