// Every layer of the factory keeps the contracts of conditional_transform.h and transform.h.
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

#include "elbow/foundations/core/error.h"
#include "elbow/probability/transforms/affine.h"
#include "neural/flows/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::build;
using testing::context_for;
using testing::draw;
using testing::flow_variants;
using testing::FlowVariant;
using testing::is_finite;
using testing::jacobian;
using testing::joined;
using testing::largest_difference;
using testing::perturb;
using testing::random_layer;
using testing::variants_where;

constexpr std::int64_t kSize = testing::kFlowSize;

class Flows : public ::testing::TestWithParam<FlowVariant> {};
INSTANTIATE_TEST_SUITE_P(All, Flows, ::testing::ValuesIn(flow_variants()), testing::label_of);

TEST_P(Flows, ShapesForBatchRanksZeroToTwoAndParticles) {
  const auto layer = random_layer(GetParam());
  for (const Shape& batch : {Shape{}, Shape{3}, Shape{2, 3}})
    for (const Shape& particles : {Shape{}, Shape{4}}) {
      const auto transform = layer->forward(context_for(*layer, batch));
      const Tensor x = draw(joined({particles, batch, {kSize}}), 2);
      const auto [y, log_det] = transform->forward_and_log_det(x);
      EXPECT_EQ(y.sizes(), x.sizes());
      EXPECT_EQ(log_det.sizes(), joined({particles, batch}));
      if (!transform->has_inverse()) continue;
      const auto [back, inverse_log_det] = transform->inverse_and_log_det(y);
      EXPECT_EQ(back.sizes(), x.sizes());
      EXPECT_EQ(inverse_log_det.sizes(), log_det.sizes());
    }
}

TEST_P(Flows, LogDeterminantMatchesTheJacobian) {
  for (const double scale : {0.0, 0.5}) {
    const auto layer = random_layer(GetParam(), scale);
    const auto transform = layer->forward(context_for(*layer, {20}));
    const Tensor x = draw({20, kSize}, 3) * 1.5;
    const Tensor expected = std::get<1>(at::linalg_slogdet(jacobian(*transform, x)));
    EXPECT_LT(largest_difference(transform->forward_and_log_det(x).second, expected), 1e-10);
  }
}

bool has_inverse(const FlowVariant& variant) { return build(variant, kSize)->has_inverse(); }

class InvertibleFlows : public Flows {};
INSTANTIATE_TEST_SUITE_P(All,
                         InvertibleFlows,
                         ::testing::ValuesIn(variants_where(has_inverse)),
                         testing::label_of);

class OneWayFlows : public Flows {};
INSTANTIATE_TEST_SUITE_P(All,
                         OneWayFlows,
                         ::testing::ValuesIn(variants_where([](const FlowVariant& variant) {
                           return !has_inverse(variant);
                         })),
                         testing::label_of);

TEST_P(OneWayFlows, RefuseTheInverse) {
  const auto layer = random_layer(GetParam());
  const auto transform = layer->forward(context_for(*layer, {20}));
  EXPECT_FALSE(transform->has_inverse());
  EXPECT_THROW(transform->inverse_and_log_det(draw({20, kSize}, 3)), c10::Error);
}

TEST_P(InvertibleFlows, InverseUndoesForward) {
  for (const double scale : {0.0, 0.5}) {
    const auto layer = random_layer(GetParam(), scale);
    const auto transform = layer->forward(context_for(*layer, {20}));
    const Tensor x = draw({3, 20, kSize}, 3) * 1.5;
    const auto [y, log_det] = transform->forward_and_log_det(x);
    const auto [back, inverse_log_det] = transform->inverse_and_log_det(y);
    EXPECT_LT(largest_difference(back, x), 1e-10);
    EXPECT_LT(largest_difference(inverse_log_det, -log_det), 1e-10);
    // The inverse is one of all values, not only of images.
    const auto [other, unused] = transform->inverse_and_log_det(x);
    EXPECT_LT(largest_difference(transform->forward_and_log_det(other).first, x), 1e-10);
  }
}

void expect_finite_gradients(ConditionalTransform& layer, const Tensor& context, bool forward) {
  for (const Tensor& parameter : layer.parameters()) parameter.mutable_grad().reset();
  const auto transform = layer.forward(context);
  const Tensor x = draw({4, 6, kSize}, 4).requires_grad_();
  const auto [y, log_det] =
      forward ? transform->forward_and_log_det(x) : transform->inverse_and_log_det(x);
  (y.sin().sum() + log_det.sum()).backward();
  testing::expect_finite_gradients_in(layer, context, x);
}

TEST_P(Flows, EveryParameterGetsAFiniteGradient) {
  for (const double scale : {0.0, 0.5, 3.0}) {
    const auto layer = random_layer(GetParam(), scale);
    for (const bool forward : {true, false}) {
      if (!forward && !layer->has_inverse()) continue;
      Tensor context = context_for(*layer, {6});
      if (context.defined()) context.requires_grad_();
      expect_finite_gradients(*layer, context, forward);
      // Zeros are what an encoder gives at its start.
      if (context.defined())
        expect_finite_gradients(
            *layer, at::zeros_like(context, context.options()).requires_grad_(), forward);
    }
  }
}

/// A layer that maps as it should, but whose parameter is cut from the graph.
class CutLayer : public ConditionalTransform {
 public:
  CutLayer() : shift_(register_parameter("shift", at::ones({kSize}, at::kDouble))) {}
  TransformPtr forward(const Tensor&) override {
    return std::make_shared<Affine>(shift_.detach(), at::zeros({kSize}, at::kDouble));
  }

 private:
  Tensor shift_;
};

void check_a_cut_layer() {
  CutLayer layer;
  expect_finite_gradients(layer, {}, /*forward=*/true);
}

// These tests once returned where the loss had no gradient at all.
TEST(FlowConformance, SeesALayerThatIsCutFromTheGraph) {
  EXPECT_FATAL_FAILURE(check_a_cut_layer(), "shift is cut from the graph");
}

TEST_P(Flows, RandomWeightsAllMatter) {
  const auto layer = random_layer(GetParam());
  Tensor context = context_for(*layer, {6});
  if (context.defined()) context.requires_grad_();
  const Tensor x = draw({6, kSize}, 4).requires_grad_();
  const auto [y, log_det] = layer->forward(context)->forward_and_log_det(x);
  (y.sin().sum() + log_det.sin().sum()).backward();
  testing::expect_finite_gradients_in(*layer, context, x);
  for (const auto& parameter : layer->named_parameters())
    EXPECT_GT(parameter.value().grad().abs().max().item<double>(), 0.0) << parameter.key();
  EXPECT_GT(x.grad().abs().min().item<double>(), 0.0);
  if (context.defined()) {
    EXPECT_GT(context.grad().abs().max().item<double>(), 0.0);
  }
}

TEST_P(Flows, RowsDoNotDependOnTheirBatch) {
  const auto layer = random_layer(GetParam());
  const Tensor context = context_for(*layer, {64}), x = draw({64, kSize}, 3);
  const auto [all, all_log_det] = layer->forward(context)->forward_and_log_det(x);
  for (const std::int64_t count : {1, 2, 7}) {
    const Tensor part = context.defined() ? context.narrow(0, 30, count) : context;
    const auto [some, log_det] = layer->forward(part)->forward_and_log_det(x.narrow(0, 30, count));
    EXPECT_LT(largest_difference(some, all.narrow(0, 30, count)), 1e-12);
    EXPECT_LT(largest_difference(log_det, all_log_det.narrow(0, 30, count)), 1e-12);
  }
}

TEST_P(Flows, ParticlesShareTheTransformOfTheirExample) {
  const auto layer = random_layer(GetParam());
  const auto transform = layer->forward(context_for(*layer, {6}));
  const Tensor x = draw({3, 6, kSize}, 3);
  const auto [all, all_log_det] = transform->forward_and_log_det(x);
  for (std::int64_t k = 0; k < 3; ++k) {
    const auto [y, log_det] = transform->forward_and_log_det(x[k]);
    EXPECT_LT(largest_difference(y, all[k]), 1e-12);
    EXPECT_LT(largest_difference(log_det, all_log_det[k]), 1e-12);
  }
}

TEST_P(Flows, FloatAgreesWithDouble) {
  const auto layer = random_layer(GetParam());
  const auto context = context_for(*layer, {50});
  const Tensor x = draw({50, kSize}, 3);
  const auto [wide, wide_log_det] = layer->forward(context)->forward_and_log_det(x);
  layer->to(at::kFloat);
  const Tensor narrow_context = context.defined() ? context.to(at::kFloat) : context;
  const auto [y, log_det] = layer->forward(narrow_context)->forward_and_log_det(x.to(at::kFloat));
  EXPECT_EQ(y.scalar_type(), at::kFloat);
  EXPECT_EQ(log_det.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::allclose(y.to(at::kDouble), wide, 1e-4, 1e-4));
  EXPECT_TRUE(at::allclose(log_det.to(at::kDouble), wide_log_det, 1e-4, 1e-4));
}

TEST_P(Flows, StateMakesAFreshLayerTheSame) {
  const auto first = random_layer(GetParam());
  const auto second = build(GetParam(), kSize, /*seed=*/77);
  {
    const at::NoGradGuard no_grad;
    auto parameters = second->named_parameters();
    for (const auto& item : first->named_parameters()) parameters[item.key()].copy_(item.value());
    auto buffers = second->named_buffers();
    for (const auto& item : first->named_buffers()) buffers[item.key()].copy_(item.value());
  }
  const Tensor context = context_for(*first, {6}), x = draw({6, kSize}, 3);
  const auto [y, log_det] = first->forward(context)->forward_and_log_det(x);
  const auto [same, same_log_det] = second->forward(context)->forward_and_log_det(x);
  EXPECT_TRUE(at::equal(y, same));
  EXPECT_TRUE(at::equal(log_det, same_log_det));
}

TEST_P(Flows, StartIsAFunctionOfTheSeed) {
  const auto first = build(GetParam(), kSize, 3), same = build(GetParam(), kSize, 3);
  for (const auto& item : first->named_parameters())
    EXPECT_TRUE(at::equal(item.value(), same->named_parameters()[item.key()])) << item.key();
  for (const auto& item : first->named_buffers())
    EXPECT_TRUE(at::equal(item.value(), same->named_buffers()[item.key()])) << item.key();
}

TEST_P(Flows, DetachCutsParametersAndKeepsTheInputsGradient) {
  const auto layer = random_layer(GetParam());
  Tensor context = context_for(*layer, {6});
  if (context.defined()) context.requires_grad_();
  const auto transform = layer->forward(context), cut = transform->detach();
  for (const auto& [name, value] : cut->parameters()) EXPECT_FALSE(value.requires_grad()) << name;
  const Tensor x = draw({6, kSize}, 3);
  const auto [y, log_det] = transform->forward_and_log_det(x);
  const auto [cut_y, cut_log_det] = cut->forward_and_log_det(x);
  EXPECT_TRUE(at::equal(cut_y, y) && at::equal(cut_log_det, log_det));
  EXPECT_FALSE(cut_y.requires_grad() || cut_log_det.requires_grad());
  EXPECT_EQ(cut->name(), transform->name());
  EXPECT_LT(largest_difference(jacobian(*cut, x), jacobian(*transform, x)), 1e-14);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
