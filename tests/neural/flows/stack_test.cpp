// Stacks of layers: depth, context, initialisation, configuration.
#include <gmock/gmock.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/neural/flows/flow_stack.h"
#include "neural/flows/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::context_for;
using testing::draw;
using testing::flow_json;
using testing::flow_variants;
using testing::FlowVariant;
using testing::is_finite;
using testing::jacobian;
using testing::largest_difference;
using testing::perturb;

constexpr std::int64_t kSize = 4;

std::shared_ptr<FlowStack> stack_of(const std::vector<Json>& layers,
                                    bool has_context,
                                    at::ScalarType dtype = at::kDouble,
                                    std::uint64_t seed = 1) {
  at::manual_seed(seed);
  std::vector<ConfigNode> nodes;
  for (const Json& layer : layers) nodes.emplace_back(layer, "guide.flows");
  auto stack = std::make_shared<FlowStack>(nodes, testing::flow_context(kSize, has_context));
  for (const ConfigNode& node : nodes) EXPECT_TRUE(node.unread().empty());
  stack->to(dtype);
  return stack;
}

std::shared_ptr<FlowStack> deep(const FlowVariant& variant,
                                std::int64_t depth,
                                at::ScalarType dtype = at::kDouble) {
  Json overrides = variant.overrides;
  overrides["count"] = depth;
  return stack_of({flow_json(variant.row, overrides)}, variant.has_context(), dtype);
}

// Repeats alternate by themselves: a second index or mask is no other stack.
std::vector<FlowVariant> deep_variants() {
  std::vector<FlowVariant> out;
  for (const auto& variant : flow_variants())
    if (variant.repeat == 0) out.push_back(variant);
  return out;
}

class DeepFlows : public ::testing::TestWithParam<FlowVariant> {};
INSTANTIATE_TEST_SUITE_P(All, DeepFlows, ::testing::ValuesIn(deep_variants()), testing::label_of);

// An encoder's numbers near the start of training: small, but far from equal.
Tensor small_context(const FlowStack& stack, at::ScalarType dtype) {
  const Tensor context = context_for(stack, {8}, 9, dtype);
  return context.defined() ? context * 0.3 : context;
}

TEST_P(DeepFlows, LogDeterminantMatchesTheJacobianAtDepth32) {
  const auto stack = deep(GetParam(), 32);
  EXPECT_EQ(stack->num_layers(), 32);
  perturb(*stack, 0.1);
  const auto transform = stack->forward(small_context(*stack, at::kDouble));
  const Tensor x = draw({8, kSize}, 3);
  const Tensor expected = std::get<1>(at::linalg_slogdet(jacobian(*transform, x)));
  const Tensor log_det = transform->forward_and_log_det(x).second;
  const Tensor scale = expected.abs().clamp_min(1.0);
  EXPECT_LT(((log_det - expected) / scale).abs().max().item<double>(), 1e-9) << log_det << expected;
}

TEST_P(DeepFlows, StayFiniteAndInvertibleInFloat) {
  for (const std::int64_t depth : {10, 40, 80}) {
    const auto stack = deep(GetParam(), depth, at::kFloat);
    perturb(*stack, 0.02);
    const auto transform = stack->forward(small_context(*stack, at::kFloat));
    const Tensor x = draw({8, kSize}, 3, at::kFloat);
    const auto [y, log_det] = transform->forward_and_log_det(x);
    EXPECT_TRUE(is_finite(y) && is_finite(log_det)) << depth;
    EXPECT_EQ(transform->has_inverse(), stack->has_inverse());
    if (!stack->has_inverse()) continue;
    const auto [back, inverse_log_det] = transform->inverse_and_log_det(y);
    EXPECT_TRUE(is_finite(inverse_log_det)) << depth;
    const Tensor again = transform->forward_and_log_det(back).first;
    EXPECT_LT(largest_difference(again, y), 1e-3 * (1 + y.abs().max().item<double>())) << depth;
    // A map that shrinks a thousandfold in each direction has taken the digits of x with it: iaf,
    // whose gates are below 1, and radial layers with numbers from an encoder do.
    if (log_det.min().item<double>() < -kSize * std::log(1e3)) continue;
    EXPECT_LT(largest_difference(back, x), 0.02) << depth;
    EXPECT_LT(largest_difference(inverse_log_det, -log_det), 0.02) << depth;
  }
}

TEST_P(DeepFlows, GradientsStayFiniteInFloat) {
  const auto stack = deep(GetParam(), 80, at::kFloat);
  Tensor context = small_context(*stack, at::kFloat);
  if (context.defined()) context.requires_grad_();
  const auto transform = stack->forward(context);
  const Tensor x = draw({8, kSize}, 3, at::kFloat).requires_grad_();
  const auto [y, log_det] = transform->forward_and_log_det(x);
  (y.square().sum() - log_det.sum()).backward();
  testing::expect_finite_gradients_in(*stack, context, x);
}

TEST(FlowStack, GivesEachLayerItsPieceOfTheContext) {
  const auto stack = stack_of({flow_json("planar", {{"amortized", true}, {"count", 2}}),
                               flow_json("actnorm", Json::object()),
                               flow_json("maf", {{"context_size", 3}})},
                              /*has_context=*/true);
  EXPECT_EQ(stack->num_layers(), 4);
  EXPECT_EQ(stack->context_size(), 2 * (2 * kSize + 1) + 3);
  EXPECT_FALSE(stack->has_inverse());
  perturb(*stack, 0.5);
  const Tensor context = context_for(*stack, {6}), x = draw({6, kSize}, 3);
  const auto y = stack->forward(context)->forward_and_log_det(x).first;
  // Layer by layer, by hand.
  Tensor value = x;
  std::int64_t start = 0;
  for (const auto& child : stack->named_children()) {
    auto& layer = dynamic_cast<ConditionalTransform&>(*child.value());
    const std::int64_t size = layer.context_size();
    const Tensor piece = size > 0 ? context.narrow(-1, start, size) : Tensor();
    value = layer.forward(piece)->forward_and_log_det(value).first;
    start += size;
  }
  // Two of them run as one operation, which rounds in its own way.
  EXPECT_LT(largest_difference(y, value), 1e-12);
  EXPECT_THROW(stack->forward({}), c10::Error);
  EXPECT_THROW(stack->forward(context.narrow(-1, 0, 5)), c10::Error);
}

TEST(FlowStack, RepeatsAlternateMasksAndHaveParametersOfTheirOwn) {
  const auto stack =
      stack_of({flow_json("affine_coupling", {{"count", 3}})}, /*has_context=*/false);
  const auto buffers = stack->named_buffers();
  EXPECT_TRUE(at::equal(buffers["layer_0.kept"], buffers["layer_1.changed"]));
  EXPECT_TRUE(at::equal(buffers["layer_0.kept"], buffers["layer_2.kept"]));
  const auto parameters = stack->named_parameters();
  EXPECT_FALSE(at::equal(parameters["layer_0.conditioner.layer_0.weight"],
                         parameters["layer_2.conditioner.layer_0.weight"]));
}

TEST(FlowStack, WithoutLayersIsTheIdentity) {
  const auto stack = stack_of({}, /*has_context=*/false);
  const Tensor x = draw({6, kSize}, 3);
  const auto [y, log_det] = stack->forward({})->forward_and_log_det(x);
  EXPECT_TRUE(at::equal(y, x));
  EXPECT_EQ(log_det.abs().max().item<double>(), 0.0);
  EXPECT_TRUE(stack->has_inverse());
}

TEST(ActNorm, FirstBatchLeavesWithMeanZeroAndVarianceOneOnce) {
  const auto stack = stack_of({flow_json("lu_linear", Json::object()),
                               flow_json("actnorm", Json::object()),
                               flow_json("permutation", Json::object()),
                               flow_json("actnorm", Json::object())},
                              /*has_context=*/false);
  perturb(*stack, 0.3);
  Tensor x = draw({500, kSize}, 3) * 3 + 2;
  x.select(1, 1).fill_(0.7);
  stack->initialise(x, {});
  const Tensor y = stack->forward({})->forward_and_log_det(x).first;
  EXPECT_LT(y.mean(0).abs().max().item<double>(), 1e-10);
  EXPECT_LT(largest_difference(y.var(0, /*unbiased=*/false), at::ones({kSize}, at::kDouble)),
            1e-10);
  stack->initialise(x * 5, {});
  EXPECT_TRUE(at::equal(stack->forward({})->forward_and_log_det(x).first, y));
}

TEST(ActNorm, DataComeToTheBaseWithMeanZeroAndVarianceOneOnce) {
  const auto stack = stack_of({flow_json("actnorm", Json::object()),
                               flow_json("lu_linear", Json::object()),
                               flow_json("actnorm", Json::object())},
                              /*has_context=*/false);
  perturb(*stack, 0.3);
  const Tensor y = draw({500, kSize}, 3) * 3 + 2;
  stack->initialise_from_outputs(y);
  const Tensor x = stack->forward({})->inverse_and_log_det(y).first;
  EXPECT_LT(x.mean(0).abs().max().item<double>(), 1e-10);
  EXPECT_LT(largest_difference(x.var(0, /*unbiased=*/false), at::ones({kSize}, at::kDouble)),
            1e-10);
  stack->initialise_from_outputs(y * 5);
  stack->initialise(y, {});
  EXPECT_TRUE(at::equal(stack->forward({})->inverse_and_log_det(y).first, x));
}

TEST(ActNorm, CoordinateThatDoesNotVaryKeepsItsScale) {
  const auto stack = stack_of({flow_json("actnorm", Json::object())}, /*has_context=*/false);
  Tensor x = draw({50, kSize}, 3);
  x.select(1, 1).fill_(0.7);
  stack->initialise(x, {});
  const Tensor y = stack->forward({})->forward_and_log_det(x).first;
  EXPECT_TRUE(is_finite(y));
  EXPECT_LT(y.select(1, 1).abs().max().item<double>(), 1e-12);
}

std::string refusal(const std::string& row, const Json& overrides) {
  try {
    stack_of({flow_json(row, overrides)}, /*has_context=*/false);
  } catch (const ConfigError& error) {
    return error.diagnostics().front().path + ": " + error.diagnostics().front().message;
  }
  return "";
}

TEST(FlowRows, RefuseWhatDoesNotFitInWords) {
  EXPECT_EQ(refusal("sylvester_orthogonal", {{"num_vectors", 5}}),
            "guide.flows.num_vectors: must be at most the number of latents (4), got 5");
  EXPECT_EQ(refusal("spline_coupling", {{"num_bins", 8}, {"min_bin_width", 0.2}}),
            "guide.flows.min_bin_width: times num_bins (8) must be below 1");
}

TEST(PermutationFlow, OrderIsReversedOrDrawnFromTheSeed) {
  const auto order = [](const char* kind, std::uint64_t seed) {
    return stack_of({flow_json("permutation", {{"order", kind}})}, false, at::kDouble, seed)
        ->named_buffers()["layer_0.order"]
        .to(at::kLong);
  };
  EXPECT_TRUE(at::equal(order("reverse", 1), at::arange(kSize).flip(0)));
  EXPECT_TRUE(at::equal(order("random", 1), order("random", 1)));
  bool differs = false;
  for (std::uint64_t seed = 2; seed < 12; ++seed)
    differs = differs || !at::equal(order("random", 1), order("random", seed));
  EXPECT_TRUE(differs);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
