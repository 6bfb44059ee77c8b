// What is particular to one kind of network, and to an initialisation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "neural/nn/network_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::between;
using testing::build;
using ::testing::HasSubstr;
using testing::input_for;

// Mean zero, variance `expected` within five standard errors: a uniform's square has variance 4/5
// of its squared mean.
void expect_variance(const Tensor& weight, double expected) {
  const double count = static_cast<double>(weight.numel());
  const double variance = weight.square().mean().item<double>();
  EXPECT_NEAR(variance, expected, 5 * expected * std::sqrt(0.8 / count));
  EXPECT_NEAR(weight.mean().item<double>(), 0.0, 5 * std::sqrt(expected / count));
}

TEST(Initialization, VarianceIsThatOfItsPaper) {
  const BuildContext context = between({300}, {200});
  const auto layers = [&](const std::string& scheme) {
    return build("mlp", context, {{"hidden_sizes", {100}}, {"initialization", scheme}})
        ->named_parameters();
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
  const BuildContext context = between({400}, {400});
  const std::vector<std::int64_t> sizes(12, 400);
  const auto network =
      build("mlp", context, {{"hidden_sizes", sizes}, {"initialization", "kaiming"}});
  const Tensor input = input_for(context, {200});
  const double ratio =
      (network->forward(input).square().mean() / input.square().mean()).item<double>();
  EXPECT_GT(ratio, 0.2);
  EXPECT_LT(ratio, 3.0);
}

TEST(GatedMlp, IsTheGateOfItsPaper) {
  const auto network = build("gated_mlp", between({5}, {3}), {{"hidden_sizes", {4}}});
  const auto p = network->named_parameters();
  const Tensor x = input_for(between({5}, {3}), {6});
  const Tensor values =
      at::linear(x, p["hidden_0.weight"].narrow(0, 0, 4), p["hidden_0.bias"].narrow(0, 0, 4));
  const Tensor gates =
      at::linear(x, p["hidden_0.weight"].narrow(0, 4, 4), p["hidden_0.bias"].narrow(0, 4, 4));
  const Tensor expected =
      at::linear(values * gates.sigmoid(), p["output.weight"], p["output.bias"]);
  EXPECT_TRUE(at::allclose(network->forward(x), expected, 1e-5, 1e-6));
}

TEST(Mlp, WithoutHiddenLayersIsAffine) {
  const auto network = build("mlp", between({5}, {3}), {{"hidden_sizes", Json::array()}});
  EXPECT_EQ(network->parameters().size(), 2u);
  const auto p = network->named_parameters();
  const Tensor x = input_for(between({5}, {3}), {6});
  EXPECT_TRUE(
      at::allclose(network->forward(x), at::linear(x, p["output.weight"], p["output.bias"])));
}

TEST(Mlp, SymlogShowsTheFirstLayerLogarithms) {
  for (const char* name : {"mlp", "gated_mlp"}) {
    const auto plain = build(name, between({4}, {3}), {{"hidden_sizes", {5}}});
    const auto symlog =
        build(name, between({4}, {3}), {{"hidden_sizes", {5}}, {"input", "symlog"}});
    const Tensor x = at::tensor({0.0f, 6.0f, -0.5f, 1e6f}).unsqueeze(0);
    const Tensor shown = at::tensor({0.0, std::log(7.0), -std::log(1.5), std::log(1e6 + 1)});
    EXPECT_TRUE(at::allclose(
        symlog->forward(x), plain->forward(shown.to(at::kFloat).unsqueeze(0)), 1e-5, 1e-5))
        << name;
  }
}

std::string refusal(const std::string& name,
                    const BuildContext& context,
                    const Json& overrides = Json::object()) {
  try {
    build(name, context, overrides);
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
        const Json overrides = {
            {"kernel_size", kernel}, {"stride", stride}, {"channels", {2, 3, 2}}};
        const BuildContext down = between({1, height, width}, {4}),
                           up = between({4}, {1, height, width});
        const std::string message = refusal("conv", down, overrides);
        EXPECT_EQ(refusal("conv", up, overrides), message) << "encoder and decoder disagree";
        if (!message.empty()) {
          EXPECT_THAT(message, HasSubstr("too small"));
          ++refused;
          continue;
        }
        ++built;
        EXPECT_EQ(build("conv", down, overrides)->forward(input_for(down, {2})).sizes(),
                  (Shape{2, 4}));
        EXPECT_EQ(build("conv", up, overrides)->forward(input_for(up, {2})).sizes(),
                  (Shape{2, 1, height, width}));
      }
  // Odd kernels fit any image: 9 sizes x 3 strides x 3 kernels at least.
  EXPECT_GE(built, 81);
  EXPECT_GT(refused, 0);
}

TEST(Conv, RefusalNamesKeySizesAndLayer) {
  const std::string message = refusal("conv", between({1, 2, 2}, {4}));
  EXPECT_EQ(
      message,
      "model.network: a 2x2 image is too small for 2 convolutions of kernel_size 4 and stride 2: "
      "number 2 would see 1x1 pixels");
  EXPECT_THAT(refusal("conv", between({5}, {4})),
              HasSubstr("the input has shape [5] and the output [4]"));
  EXPECT_THAT(refusal("conv", between({1, 8, 8}, {1, 8, 8})), HasSubstr("the output [1, 8, 8]"));
}

TEST(Conv, DecoderHasOneOutputBiasForEachPixel) {
  const auto decoder = build("conv", between({4}, {3, 9, 7}));
  EXPECT_EQ(decoder->named_parameters()["output_bias"].sizes(), (Shape{3, 9, 7}));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
