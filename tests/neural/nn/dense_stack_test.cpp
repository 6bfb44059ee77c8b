// The layers of an mlp as one operation against LibTorch's operators, which are the specification.
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include <optional>

#include "elbow/kernels/dense.h"
#include "elbow/neural/nn/activation.h"
#include "elbow/neural/nn/gradient_sink.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "neural/nn/network_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::between;
using testing::build;

/// The output, then the gradients in the input and in each parameter.
std::vector<Tensor> through(Network& network, const Tensor& input) {
  for (const Tensor& parameter : network.parameters()) parameter.mutable_grad().reset();
  const Tensor x = input.detach().requires_grad_();
  const Tensor out = network.forward(x);
  (out.sin() * at::linspace(-1, 1, out.numel(), out.options()).view(out.sizes())).sum().backward();
  std::vector<Tensor> found{out.detach(), x.grad()};
  for (const Tensor& parameter : network.parameters()) found.push_back(parameter.grad().clone());
  return found;
}

bool is_one_operation(const Tensor& out) {
  return out.grad_fn() && out.grad_fn()->name().find("DenseStack") != std::string::npos;
}

Json sizes_with(const std::string& activation) {
  return {{"hidden_sizes", {19, 70}}, {"activation", activation}};
}

TEST(DenseStack, IsTheLayersByLibTorchsOperators) {
  for (const std::string& activation : activation_names())
    for (const auto dtype : {at::kDouble, at::kFloat}) {
      const auto network = build("mlp", between({5}, {6}), sizes_with(activation));
      network->to(dtype);
      auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
      const Tensor wide = at::randn({10, 37}, generator, dtype) * 3;
      const Tensor edge = at::full({1, 5}, 1e4, dtype);
      for (const Tensor& input : {wide.narrow(1, 0, 5),
                                  wide.t().narrow(1, 0, 5),
                                  edge,
                                  -edge,
                                  wide.narrow(0, 0, 0).narrow(1, 0, 5)}) {
        const auto fused = through(*network, input);
        const ReferenceOperators reference;
        const auto plain = through(*network, input);
        for (std::size_t i = 0; i < plain.size(); ++i) {
          const double bound = dtype == at::kFloat ? 2e-5 : i == 0 ? 1e-10 : 1e-9;
          EXPECT_TRUE(at::allclose(fused[i], plain[i], bound, bound * 0.1))
              << activation << ' ' << dtype << " part " << i << " of input " << input.sizes();
        }
      }
      const bool has_kernel = activation != "gelu" && activation != "silu";
      EXPECT_EQ(is_one_operation(network->forward(wide.narrow(1, 0, 5))), has_kernel);
    }
}

TEST(DenseStack, HasSecondDerivatives) {
  const auto second = [](Network& network, const Tensor& input) {
    const Tensor x = input.detach().requires_grad_();
    const Tensor first = torch::autograd::grad({network.forward(x).sin().sum()},
                                               {x},
                                               {},
                                               /*retain_graph=*/true,
                                               /*create_graph=*/true)[0];
    auto wanted = network.parameters();
    wanted.push_back(x);
    return torch::autograd::grad({first.square().sum()}, wanted, {}, {}, false, true);
  };
  const auto network = build("mlp", between({5}, {6}), sizes_with("tanh"));
  network->to(at::kDouble);
  const Tensor input = at::linspace(-1, 1, 20, at::kDouble).view({4, 5});
  const auto fused = second(*network, input);
  const ReferenceOperators reference;
  const auto plain = second(*network, input);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    ASSERT_EQ(fused[i].defined(), plain[i].defined()) << i;
    if (!plain[i].defined()) continue;
    EXPECT_TRUE(at::allclose(fused[i], plain[i], 1e-9, 1e-12)) << i;
  }
}

TEST(DenseStack, AddsToTheGradientsOfLeavesAtOnce) {
  const auto network = build("mlp", between({5}, {6}), sizes_with("relu"));
  const Tensor input = at::linspace(-1, 1, 20, at::kFloat).view({4, 5});
  const auto gradients = [&](bool at_once) {
    for (const Tensor& parameter : network->parameters())
      parameter.mutable_grad() = at::ones_like(parameter);
    std::optional<AccumulatesToLeaves> guard;
    if (at_once) guard.emplace();
    network->forward(input).sin().sum().backward();
    std::vector<Tensor> out;
    for (const Tensor& parameter : network->parameters()) out.push_back(parameter.grad().flatten());
    return at::cat(out);
  };
  EXPECT_TRUE(at::allclose(gradients(true), gradients(false), 1e-6, 1e-6));
}

TEST(DenseStack, LeavesFrozenLayersAlone) {
  const auto network = build("mlp", between({5}, {6}), sizes_with("relu"));
  const auto parameters = network->parameters();
  parameters.front().set_requires_grad(false);
  network->forward(at::ones({4, 5})).sum().backward();
  EXPECT_FALSE(parameters.front().grad().defined());
  EXPECT_GT(parameters.back().grad().abs().sum().item<double>(), 0);
}

TEST(DenseStack, BitsOfItsLoopsDoNotDependOnThreads) {
  const auto options = at::TensorOptions(at::kFloat);
  auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
  const Tensor before = at::randn({201, 333}, generator, options), bias = before[7].clone();
  const auto run = [&](int num_threads) {
    at::set_num_threads(num_threads);
    const auto kind = kernels::Nonlinearity::tanh;
    const Tensor y = before.clone(), g = before.cos(), sum = at::zeros({333}, options);
    kernels::run_dense(kernels::DenseForward<float>{
        kind, 201, 333, bias.const_data_ptr<float>(), y.mutable_data_ptr<float>()});
    float* const gradient = g.mutable_data_ptr<float>();
    kernels::run_dense(kernels::DenseBackward<float>{kind,
                                                     201,
                                                     333,
                                                     y.const_data_ptr<float>(),
                                                     gradient,
                                                     gradient,
                                                     sum.mutable_data_ptr<float>()});
    return at::cat({y.flatten(), g.flatten(), sum});
  };
  const int threads = at::get_num_threads();
  const Tensor one = run(1), three = run(3);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(one, three));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
