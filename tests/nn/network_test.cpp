// Every network of the factory keeps the contract of network.h; options do what they say.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/core/error.h"
#include "elbow/nn/network.h"
#include "nn/resolved_node.h"

namespace elbow {
namespace {

using ::testing::HasSubstr;
using testing::info_in;
using testing::resolved;

NetworkPtr build(const std::string& name,
                 const NetworkShapes& shapes,
                 const Json& overrides = Json::object(),
                 std::uint64_t with_seed = 1) {
  const ConfigNode node(resolved(info_in(network_factory(), name), overrides), "model.network");
  at::set_num_threads(1);  // small problems: threads that spin beside other programs cost more than they bring
  at::manual_seed(with_seed);
  auto network = network_factory().create(node, shapes);
  EXPECT_TRUE(node.unread().empty()) << name << " ignores " << ::testing::PrintToString(node.unread());
  return network;
}

// Shapes that a kind of network can connect.
std::vector<NetworkShapes> shapes_of(const std::string& name) {
  const Shape vector = {5}, code = {6}, image = {2, 9, 7};
  if (name == "conv") return {{image, code}, {code, image}};
  return {{vector, code}, {image, code}, {code, image}};
}

// Small sizes, for tests that go through every option.
Json small(const std::string& name) {
  if (name == "conv") return {{"channels", {3, 4}}, {"hidden_size", 8}};
  return {{"hidden_sizes", {8, 7}}};
}

Json merged(Json first, const Json& second) {
  first.update(second);
  return first;
}

Shape with_batch(const Shape& batch, const Shape& event) {
  Shape out = batch;
  out.insert(out.end(), event.begin(), event.end());
  return out;
}

Tensor input_for(const NetworkShapes& shapes, const Shape& batch, at::ScalarType dtype = at::kFloat) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
  return at::randn(with_batch(batch, shapes.input), generator, at::TensorOptions(at::kDouble)).to(dtype);
}

class Networks : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         Networks,
                         ::testing::ValuesIn(network_factory().names()),
                         [](const auto& test) { return test.param; });

TEST_P(Networks, ShapesForBatchRanksZeroToThree) {
  for (const auto& shapes : shapes_of(GetParam())) {
    const auto network = build(GetParam(), shapes);
    EXPECT_EQ(network->forward(input_for(shapes, {4})).sizes(), with_batch({4}, shapes.output));
    for (const Shape& batch : {Shape{}, Shape{3}, Shape{2, 3}, Shape{2, 1, 3}}) {
      const Tensor input = input_for(shapes, batch);
      const Tensor output = apply_network(*network, input, static_cast<std::int64_t>(shapes.input.size()));
      EXPECT_EQ(output.sizes(), with_batch(batch, shapes.output));
    }
    EXPECT_THROW(apply_network(*network, at::zeros({}), 1), c10::Error);
  }
}

TEST_P(Networks, RowsDoNotDependOnTheirBatch) {
  for (const std::string normalization : {"none", "batch", "layer"})
    for (const auto& shapes : shapes_of(GetParam())) {
      const auto network = build(GetParam(), shapes, {{"normalization", normalization}, {"dropout", 0.2}});
      network->forward(input_for(shapes, {50}));  // moves the running statistics
      network->eval();
      for (const auto dtype : {at::kFloat, at::kDouble}) {
        network->to(dtype);
        const at::NoGradGuard no_grad;
        const Tensor input = input_for(shapes, {257}, dtype), all = network->forward(input);
        for (const std::int64_t count : {1, 2, 7}) {
          const Tensor some = network->forward(input.narrow(0, 100, count));
          const double difference = (some - all.narrow(0, 100, count)).abs().max().item<double>();
          EXPECT_LT(difference, dtype == at::kFloat ? 1e-5 : 1e-12) << normalization << " batch " << count;
        }
      }
    }
}

TEST_P(Networks, EveryParameterGetsAFiniteGradientUnderEveryOption) {
  const auto& info = info_in(network_factory(), GetParam());
  for (const auto& choice : info.parameters) {
    if (choice.type != ParameterType::choice) continue;
    for (const auto& value : choice.choices)
      for (const auto& shapes : shapes_of(GetParam())) {
        const auto network = build(GetParam(), shapes, merged(small(GetParam()), {{choice.name, value}}));
        network->to(at::kDouble);
        network->forward(input_for(shapes, {16}, at::kDouble)).sin().sum().backward();
        for (const auto& parameter : network->named_parameters()) {
          const Tensor& gradient = parameter.value().grad();
          ASSERT_TRUE(gradient.defined()) << choice.name << "=" << value << ": " << parameter.key();
          EXPECT_TRUE(gradient.isfinite().all().item<bool>()) << value << ": " << parameter.key();
          // Batch normalisation takes the mean out again, and a bias before it with it.
          if (value == "batch") continue;
          EXPECT_GT(gradient.abs().max().item<double>(), 0.0) << value << ": " << parameter.key();
        }
      }
  }
}

TEST_P(Networks, GradientMatchesCentralDifferences) {
  for (const auto& shapes : shapes_of(GetParam())) {
    Json overrides = merged(small(GetParam()), {{"normalization", "layer"}});
    if (GetParam() != "gated_mlp") overrides["activation"] = "tanh";
    const auto network = build(GetParam(), shapes, overrides);
    network->to(at::kDouble);
    const Tensor input = input_for(shapes, {3}, at::kDouble);
    const auto value = [&] { return network->forward(input).sin().sum(); };
    value().backward();
    const at::NoGradGuard no_grad;
    for (const auto& parameter : network->named_parameters()) {
      // One random direction in each parameter.
      const Tensor direction = at::randn_like(parameter.value());
      const double h = 1e-6;
      parameter.value().add_(direction, h);
      const double above = value().item<double>();
      parameter.value().sub_(direction, 2 * h);
      const double below = value().item<double>();
      parameter.value().add_(direction, h);
      const double slope = (above - below) / (2 * h);
      const double gradient = (parameter.value().grad() * direction).sum().item<double>();
      EXPECT_NEAR(gradient, slope, 1e-6 * (1 + std::abs(slope))) << parameter.key();
    }
  }
}

TEST_P(Networks, FloatAgreesWithDouble) {
  for (const auto& shapes : shapes_of(GetParam())) {
    const auto network = build(GetParam(), shapes);
    network->eval();
    const Tensor narrow = network->forward(input_for(shapes, {20}));
    network->to(at::kDouble);
    const Tensor wide = network->forward(input_for(shapes, {20}, at::kDouble));
    EXPECT_TRUE(at::allclose(narrow.to(at::kDouble), wide, 1e-4, 1e-5));
  }
}

TEST_P(Networks, OutputBiasIsTheOutputOfAnIdleNetwork) {
  for (const auto& shapes : shapes_of(GetParam())) {
    const auto network = build(GetParam(), shapes);
    const Tensor before = network->forward(input_for(shapes, {3}));
    const Tensor value = at::randn(shapes.output, at::TensorOptions(at::kDouble));
    network->set_output_bias(at::zeros(shapes.output));
    const Tensor without = network->forward(input_for(shapes, {3}));
    network->set_output_bias(value);
    const Tensor with = network->forward(input_for(shapes, {3}));
    EXPECT_TRUE(at::allclose(with - without, value.to(at::kFloat).expand_as(with), 1e-4, 1e-5));
    {
      const at::NoGradGuard no_grad;
      for (auto& parameter : network->parameters()) parameter.zero_();
    }
    network->set_output_bias(value);
    const Tensor idle = network->forward(input_for(shapes, {3}));
    EXPECT_TRUE(at::equal(idle, value.to(at::kFloat).expand_as(idle)));
  }
}

TEST_P(Networks, WeightsAreAFunctionOfTheSeed) {
  for (const std::string initialization : {"kaiming", "xavier", "default"})
    for (const auto& shapes : shapes_of(GetParam())) {
      const Json overrides = {{"initialization", initialization}};
      const auto first = build(GetParam(), shapes, overrides, 1), same = build(GetParam(), shapes, overrides, 1),
                 other = build(GetParam(), shapes, overrides, 2);
      bool differs = false;
      for (std::size_t i = 0; i < first->parameters().size(); ++i) {
        EXPECT_TRUE(at::equal(first->parameters()[i], same->parameters()[i]));
        EXPECT_TRUE(first->parameters()[i].is_contiguous());
        differs = differs || !at::equal(first->parameters()[i], other->parameters()[i]);
      }
      EXPECT_TRUE(differs);
    }
}

TEST_P(Networks, DropoutActsInTrainingOnly) {
  for (const auto& shapes : shapes_of(GetParam())) {
    const auto network = build(GetParam(), shapes, {{"dropout", 0.5}});
    const Tensor input = input_for(shapes, {4});
    EXPECT_FALSE(at::equal(network->forward(input), network->forward(input)));
    network->eval();
    EXPECT_TRUE(at::equal(network->forward(input), network->forward(input)));
  }
}

TEST_P(Networks, BatchNormalizationUsesRunningStatisticsInEvaluation) {
  for (const auto& shapes : shapes_of(GetParam())) {
    const auto network = build(GetParam(), shapes, merged(small(GetParam()), {{"normalization", "batch"}}));
    EXPECT_FALSE(network->buffers().empty());
    const Tensor input = input_for(shapes, {64});
    const Tensor training = network->forward(input);
    for (int i = 0; i < 150; ++i) network->forward(input);
    network->eval();
    // Momentum 0.1: after 150 steps 1e-7 of the starting variance 1 is left, little even beside the small variance
    // of a gated layer; what remains is the unbiased factor 64/63.
    EXPECT_TRUE(at::allclose(network->forward(input), training, 0.05, 0.05));
  }
}

// Mean zero, variance `expected` within five standard errors: a uniform's square has variance 4/5 of its squared mean.
void expect_variance(const Tensor& weight, double expected) {
  const double count = static_cast<double>(weight.numel());
  const double variance = weight.square().mean().item<double>();
  EXPECT_NEAR(variance, expected, 5 * expected * std::sqrt(0.8 / count));
  EXPECT_NEAR(weight.mean().item<double>(), 0.0, 5 * std::sqrt(expected / count));
}

TEST(Initialization, VarianceIsThatOfItsPaper) {
  const NetworkShapes shapes{{300}, {200}};
  const auto layers = [&](const std::string& scheme) {
    return build("mlp", shapes, {{"hidden_sizes", {100}}, {"initialization", scheme}})->named_parameters();
  };
  const auto kaiming = layers("kaiming"), xavier = layers("xavier"), standard = layers("default");
  expect_variance(kaiming["hidden_0.weight"], 2.0 / 300);
  expect_variance(kaiming["output.weight"], 1.0 / 100);
  expect_variance(xavier["hidden_0.weight"], 2.0 / 400);
  expect_variance(xavier["output.weight"], 2.0 / 300);
  expect_variance(standard["hidden_0.weight"], 1.0 / 900);
  expect_variance(standard["hidden_0.bias"], 1.0 / 900);
  EXPECT_EQ(kaiming["hidden_0.bias"].abs().max().item<double>(), 0.0);
  EXPECT_EQ(xavier["output.bias"].abs().max().item<double>(), 0.0);
}

TEST(Initialization, KaimingKeepsTheSignalThroughDeepStacks) {
  // Twelve rectified layers; each keeps the second moment in expectation (He et al., section 2.2).
  const NetworkShapes shapes{{400}, {400}};
  const std::vector<std::int64_t> sizes(12, 400);
  const auto network = build("mlp", shapes, {{"hidden_sizes", sizes}, {"initialization", "kaiming"}});
  const Tensor input = input_for(shapes, {200});
  const double ratio =
      (network->forward(input).square().mean() / input.square().mean()).item<double>();
  EXPECT_GT(ratio, 0.2);
  EXPECT_LT(ratio, 3.0);
}

TEST(GatedMlp, IsTheGateOfItsPaper) {
  const auto network = build("gated_mlp", {{5}, {3}}, {{"hidden_sizes", {4}}});
  const auto p = network->named_parameters();
  const Tensor x = input_for({{5}, {3}}, {6});
  const Tensor values = at::linear(x, p["hidden_0.weight"].narrow(0, 0, 4), p["hidden_0.bias"].narrow(0, 0, 4));
  const Tensor gates = at::linear(x, p["hidden_0.weight"].narrow(0, 4, 4), p["hidden_0.bias"].narrow(0, 4, 4));
  const Tensor expected = at::linear(values * gates.sigmoid(), p["output.weight"], p["output.bias"]);
  EXPECT_TRUE(at::allclose(network->forward(x), expected, 1e-5, 1e-6));
}

TEST(Mlp, WithoutHiddenLayersIsAffine) {
  const auto network = build("mlp", {{5}, {3}}, {{"hidden_sizes", Json::array()}});
  EXPECT_EQ(network->parameters().size(), 2u);
  const auto p = network->named_parameters();
  const Tensor x = input_for({{5}, {3}}, {6});
  EXPECT_TRUE(at::allclose(network->forward(x), at::linear(x, p["output.weight"], p["output.bias"])));
}

std::string refusal(const std::string& name, const NetworkShapes& shapes, const Json& overrides = Json::object()) {
  try {
    build(name, shapes, overrides);
  } catch (const ConfigError& error) {
    return error.diagnostics().front().path + ": " + error.diagnostics().front().message;
  }
  return "";
}

TEST(Conv, EverySizeIsReachedOrRefusedInWords) {
  int built = 0, refused = 0;
  for (const std::int64_t kernel : {1, 2, 3, 4, 5})
    for (const std::int64_t stride : {1, 2, 3})
      for (const auto& [height, width] : std::vector<std::pair<std::int64_t, std::int64_t>>{
               {1, 1}, {1, 8}, {2, 2}, {3, 5}, {7, 4}, {8, 8}, {11, 13}, {28, 28}, {33, 29}}) {
        const Json overrides = {{"kernel_size", kernel}, {"stride", stride}, {"channels", {2, 3, 2}}};
        const NetworkShapes down{{1, height, width}, {4}}, up{{4}, {1, height, width}};
        const std::string message = refusal("conv", down, overrides);
        EXPECT_EQ(refusal("conv", up, overrides), message) << "encoder and decoder disagree";
        if (!message.empty()) {
          EXPECT_THAT(message, HasSubstr("too small"));
          ++refused;
          continue;
        }
        ++built;
        EXPECT_EQ(build("conv", down, overrides)->forward(input_for(down, {2})).sizes(), (Shape{2, 4}));
        EXPECT_EQ(build("conv", up, overrides)->forward(input_for(up, {2})).sizes(), (Shape{2, 1, height, width}));
      }
  // Odd kernels fit any image: 9 sizes x 3 strides x 3 kernels at least.
  EXPECT_GE(built, 81);
  EXPECT_GT(refused, 0);
}

TEST(Conv, RefusalNamesKeySizesAndLayer) {
  const std::string message = refusal("conv", {{1, 2, 2}, {4}});
  EXPECT_EQ(message,
            "model.network: a 2x2 image is too small for 2 convolutions of kernel_size 4 and stride 2: "
            "number 2 would see 1x1 pixels");
  EXPECT_THAT(refusal("conv", {{5}, {4}}), HasSubstr("the input has shape [5] and the output [4]"));
  EXPECT_THAT(refusal("conv", {{1, 8, 8}, {1, 8, 8}}), HasSubstr("the output [1, 8, 8]"));
}

TEST(Conv, DecoderHasOneOutputBiasForEachPixel) {
  const auto decoder = build("conv", {{4}, {3, 9, 7}});
  EXPECT_EQ(decoder->named_parameters()["output_bias"].sizes(), (Shape{3, 9, 7}));
}

}  // namespace
}  // namespace elbow
