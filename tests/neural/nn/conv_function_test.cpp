#include "../../../src/neural/nn/conv_function.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <limits>

namespace elbow {
namespace ELBOW_TEST_FILE {

using at::Tensor;

struct Layer {
  const char* what;
  std::int64_t batch, large, small, kernel, stride, output_padding;
  bool is_transposed, has_relu, has_bias;
};

// Odd sizes, one image and many, channels below and above a panel of the kernels.
const std::vector<Layer> kLayers = {
    {"conv of one channel", 37, 1, 5, 4, 2, 0, false, true, true},
    {"conv of one image", 1, 3, 20, 3, 2, 0, false, false, true},
    {"conv without bias", 3, 2, 17, 5, 3, 0, false, true, false},
    {"conv with kernel 1", 5, 4, 3, 1, 1, 0, false, false, true},
    {"conv that skips pixels", 2, 3, 4, 1, 3, 0, false, true, true},
    {"transposed to one channel", 37, 1, 18, 4, 2, 1, true, false, false},
    {"transposed of one image", 1, 5, 33, 3, 2, 0, true, true, true},
    {"transposed with kernel 5", 3, 17, 2, 5, 3, 2, true, true, true},
    {"transposed with stride 1", 5, 3, 4, 3, 1, 0, true, false, true},
    {"transposed with gaps", 2, 3, 4, 1, 3, 1, true, true, true},
};

ConvOptions options_of(const Layer& layer) {
  const std::int64_t padding = (layer.kernel - 1) / 2;
  return {{layer.stride, layer.stride},
          {padding, padding},
          {layer.output_padding, layer.output_padding / 2},
          layer.is_transposed,
          layer.has_relu};
}

std::vector<Tensor> inputs_of(const Layer& layer, at::ScalarType type) {
  const std::int64_t in = layer.is_transposed ? layer.small : layer.large,
                     out = layer.is_transposed ? layer.large : layer.small;
  std::vector<Tensor> inputs = {
      at::randn({layer.batch, in, 9, 7}, type),
      at::randn({layer.small, layer.large, layer.kernel, layer.kernel}, type)};
  if (layer.has_bias) inputs.push_back(at::randn({out}, type));
  for (Tensor& input : inputs) input.set_requires_grad(true);
  return inputs;
}

Tensor bias_of(const std::vector<Tensor>& inputs) {
  return inputs.size() > 2 ? inputs[2] : Tensor();
}

double distance(const Tensor& a, const Tensor& b) {
  return ((a - b).abs().max() / b.abs().max().clamp_min(1e-300)).item<double>();
}

// Values and gradients over patches against LibTorch's operators.
void compare(const Layer& layer,
             at::ScalarType type,
             at::MemoryFormat format,
             double value_bound,
             double gradient_bound) {
  SCOPED_TRACE(layer.what);
  at::manual_seed(3);
  const ConvOptions options = options_of(layer);
  const auto inputs = inputs_of(layer, type);
  const Tensor expected = convolve_by_operators(inputs[0], inputs[1], bias_of(inputs), options);
  // The same numbers in another format reach the function, too.
  const Tensor input = format == at::MemoryFormat::Contiguous
                           ? inputs[0]
                           : inputs[0].contiguous(at::MemoryFormat::ChannelsLast);
  const Tensor value = convolve(input, inputs[1], bias_of(inputs), options, format);
  ASSERT_EQ(value.sizes(), expected.sizes());
  EXPECT_TRUE(value.is_contiguous(format));
  EXPECT_LT(distance(value, expected), value_bound);
  // The derivative of a ReLU jumps at 0, where rounding decides.
  Tensor slope = at::randn_like(expected);
  if (layer.has_relu) slope = slope * expected.gt(1e-3);
  const auto truth = torch::autograd::grad({expected}, inputs, {slope});
  const auto found = torch::autograd::grad({value}, inputs, {slope});
  for (std::size_t i = 0; i < inputs.size(); ++i)
    EXPECT_LT(distance(found[i], truth[i]), gradient_bound) << "input " << i;
}

TEST(ConvFunction, AgreesWithTheOperatorsInBothFormatsAndTypes) {
  at::set_num_threads(1);
  for (const Layer& layer : kLayers)
    for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      compare(layer, at::kDouble, format, 1e-10, 1e-9);
      compare(layer, at::kFloat, format, 1e-5, 1e-4);
    }
}

TEST(ConvFunction, ReadsInputsAndGradientsThatAreNotDense) {
  const Layer layer = {"", 4, 3, 5, 4, 2, 0, false, true, true};
  auto inputs = inputs_of(layer, at::kDouble);
  inputs[0] = at::randn({4, 3, 9, 14}, at::kDouble).slice(3, 0, 14, 2).set_requires_grad(true);
  const ConvOptions options = options_of(layer);
  const auto found =
      torch::autograd::grad({convolve(inputs[0], inputs[1], inputs[2], options).sum()}, inputs);
  const auto truth = torch::autograd::grad(
      {convolve_by_operators(inputs[0], inputs[1], inputs[2], options).sum()}, inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) EXPECT_LT(distance(found[i], truth[i]), 1e-9);
}

TEST(ConvFunction, HasSecondDerivatives) {
  const Layer layer = {"", 2, 2, 3, 3, 2, 1, true, true, true};
  const auto inputs = inputs_of(layer, at::kDouble);
  const auto penalty = [&](const Tensor& value) {
    const auto gradient = torch::autograd::grad(
        {value.pow(3).sum()}, {inputs[0]}, {}, /*retain_graph=*/true, /*create_graph=*/true);
    return torch::autograd::grad({gradient[0].square().sum()}, inputs);
  };
  const ConvOptions options = options_of(layer);
  const auto found = penalty(convolve(inputs[0], inputs[1], inputs[2], options));
  const auto truth = penalty(convolve_by_operators(inputs[0], inputs[1], inputs[2], options));
  for (std::size_t i = 0; i < inputs.size(); ++i) EXPECT_LT(distance(found[i], truth[i]), 1e-9);
}

TEST(ConvFunction, DoesNotDependOnThreadsOrOnTheGraph) {
  for (const Layer& layer : {kLayers[0], kLayers[5]}) {
    const auto inputs = inputs_of(layer, at::kFloat);
    const ConvOptions options = options_of(layer);
    const auto run = [&](int threads) {
      at::set_num_threads(threads);
      const Tensor value = convolve(inputs[0], inputs[1], bias_of(inputs), options);
      auto out = torch::autograd::grad({value.square().sum()}, inputs);
      out.push_back(value.detach());
      return out;
    };
    const auto one = run(1), three = run(3);
    at::set_num_threads(1);
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], three[i]));
    const at::NoGradGuard no_grad;
    EXPECT_TRUE(at::equal(convolve(inputs[0], inputs[1], bias_of(inputs), options), one.back()));
  }
}

TEST(ConvFunction, PassesNanOn) {
  const Layer layer = {"", 1, 1, 2, 3, 1, 0, false, true, true};
  const auto inputs = inputs_of(layer, at::kFloat);
  const Tensor input = inputs[0].detach().clone();
  input[0][0][4][3] = std::numeric_limits<float>::quiet_NaN();
  const Tensor value = convolve(input, inputs[1], inputs[2], options_of(layer));
  const Tensor expected = convolve_by_operators(input, inputs[1], inputs[2], options_of(layer));
  EXPECT_TRUE(at::equal(value.isnan(), expected.isnan()));
  EXPECT_TRUE(value.isnan().any().item<bool>());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
