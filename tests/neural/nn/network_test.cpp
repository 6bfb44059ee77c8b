// Every network of the factory keeps the contract of network.h.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "neural/nn/network_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::build;
using testing::contexts_of;
using testing::info_in;
using testing::input_for;
using testing::merged;
using testing::small;
using testing::with_batch;

class Networks : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         Networks,
                         ::testing::ValuesIn(network_factory().names()),
                         [](const auto& test) { return test.param; });

TEST_P(Networks, ShapesForBatchRanksZeroToThree) {
  for (const auto& context : contexts_of(GetParam())) {
    const auto network = build(GetParam(), context);
    EXPECT_EQ(network->forward(input_for(context, {4})).sizes(),
              with_batch({4}, context.event_shape));
    for (const Shape& batch : {Shape{}, Shape{3}, Shape{2, 3}, Shape{2, 1, 3}}) {
      const Tensor input = input_for(context, batch);
      const Tensor output =
          apply_network(*network, input, static_cast<std::int64_t>(context.context_shape.size()));
      EXPECT_EQ(output.sizes(), with_batch(batch, context.event_shape));
    }
    EXPECT_THROW(apply_network(*network, at::zeros({}), 1), c10::Error);
  }
}

TEST_P(Networks, RowsDoNotDependOnTheirBatch) {
  for (const std::string normalization : {"none", "batch", "layer"})
    for (const auto& context : contexts_of(GetParam())) {
      const auto network =
          build(GetParam(), context, {{"normalization", normalization}, {"dropout", 0.2}});
      network->forward(input_for(context, {50}));  // moves the running statistics
      network->eval();
      for (const auto dtype : {at::kFloat, at::kDouble}) {
        network->to(dtype);
        const at::NoGradGuard no_grad;
        const Tensor input = input_for(context, {257}, dtype), all = network->forward(input);
        for (const std::int64_t count : {1, 2, 7}) {
          const Tensor some = network->forward(input.narrow(0, 100, count));
          const double difference = (some - all.narrow(0, 100, count)).abs().max().item<double>();
          EXPECT_LT(difference, dtype == at::kFloat ? 1e-5 : 1e-12)
              << normalization << " batch " << count;
        }
      }
    }
}

TEST_P(Networks, EveryParameterGetsAFiniteGradientUnderEveryOption) {
  const auto& info = info_in(network_factory(), GetParam());
  for (const auto& choice : info.parameters) {
    if (choice.type != ParameterType::choice) continue;
    for (const auto& value : choice.choices)
      for (const auto& context : contexts_of(GetParam())) {
        const auto network =
            build(GetParam(), context, merged(small(GetParam()), {{choice.name, value}}));
        network->to(at::kDouble);
        network->forward(input_for(context, {16}, at::kDouble)).sin().sum().backward();
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
  for (const auto& context : contexts_of(GetParam())) {
    Json overrides = merged(small(GetParam()), {{"normalization", "layer"}});
    if (GetParam() != "gated_mlp") overrides["activation"] = "tanh";
    const auto network = build(GetParam(), context, overrides);
    network->to(at::kDouble);
    const Tensor input = input_for(context, {3}, at::kDouble);
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
  for (const auto& context : contexts_of(GetParam())) {
    const auto network = build(GetParam(), context);
    network->eval();
    const Tensor narrow = network->forward(input_for(context, {20}));
    network->to(at::kDouble);
    const Tensor wide = network->forward(input_for(context, {20}, at::kDouble));
    EXPECT_TRUE(at::allclose(narrow.to(at::kDouble), wide, 1e-4, 1e-5));
  }
}

TEST_P(Networks, OutputBiasIsTheOutputOfAnIdleNetwork) {
  for (const auto& context : contexts_of(GetParam())) {
    const auto network = build(GetParam(), context);
    const Tensor before = network->forward(input_for(context, {3}));
    const Tensor value = at::randn(context.event_shape, at::TensorOptions(at::kDouble));
    network->set_output_bias(at::zeros(context.event_shape));
    const Tensor without = network->forward(input_for(context, {3}));
    network->set_output_bias(value);
    const Tensor with = network->forward(input_for(context, {3}));
    EXPECT_TRUE(at::allclose(with - without, value.to(at::kFloat).expand_as(with), 1e-4, 1e-5));
    {
      const at::NoGradGuard no_grad;
      for (auto& parameter : network->parameters()) parameter.zero_();
    }
    network->set_output_bias(value);
    const Tensor idle = network->forward(input_for(context, {3}));
    EXPECT_TRUE(at::equal(idle, value.to(at::kFloat).expand_as(idle)));
  }
}

TEST_P(Networks, WeightsAreAFunctionOfTheSeed) {
  for (const std::string initialization : {"kaiming", "xavier", "default"})
    for (const auto& context : contexts_of(GetParam())) {
      const Json overrides = {{"initialization", initialization}};
      const auto first = build(GetParam(), context, overrides, 1),
                 same = build(GetParam(), context, overrides, 1),
                 other = build(GetParam(), context, overrides, 2);
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
  for (const auto& context : contexts_of(GetParam())) {
    const auto network = build(GetParam(), context, {{"dropout", 0.5}});
    const Tensor input = input_for(context, {4});
    EXPECT_FALSE(at::equal(network->forward(input), network->forward(input)));
    network->eval();
    EXPECT_TRUE(at::equal(network->forward(input), network->forward(input)));
  }
}

TEST_P(Networks, BatchNormalizationUsesRunningStatisticsInEvaluation) {
  for (const auto& context : contexts_of(GetParam())) {
    const auto network =
        build(GetParam(), context, merged(small(GetParam()), {{"normalization", "batch"}}));
    EXPECT_FALSE(network->buffers().empty());
    const Tensor input = input_for(context, {64});
    const Tensor training = network->forward(input);
    for (int i = 0; i < 150; ++i) network->forward(input);
    network->eval();
    // Momentum 0.1: after 150 steps 1e-7 of the starting variance 1 is left, little even beside the
    // small variance of a gated layer; what remains is the unbiased factor 64/63.
    EXPECT_TRUE(at::allclose(network->forward(input), training, 0.05, 0.05));
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
