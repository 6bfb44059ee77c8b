// What the rows of the factory say of a layer is true: inverses, encoders, order, start.
#include <gmock/gmock.h>

#include "elbow/foundations/core/error.h"
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
using testing::largest_difference;
using testing::random_layer;
using testing::variants_where;

constexpr std::int64_t kSize = testing::kFlowSize;

class FlowRows : public ::testing::TestWithParam<FlowVariant> {};
INSTANTIATE_TEST_SUITE_P(All, FlowRows, ::testing::ValuesIn(flow_variants()), testing::label_of);

TEST_P(FlowRows, TraitsOfTheRowAreTrue) {
  const auto& info = testing::info_in(flow_factory(), GetParam().row);
  const auto layer = build(GetParam(), kSize);
  const auto transform = layer->forward(context_for(*layer, {2}));
  EXPECT_EQ(layer->has_inverse(), transform->has_inverse());
  const auto& traits = std::get<FlowTraits>(info.traits);
  const std::string& key = traits.inverse_key;
  const bool is_asked_for = !key.empty() && GetParam().overrides.value(key, false);
  EXPECT_EQ(traits.has_inverse || is_asked_for, layer->has_inverse());
  EXPECT_EQ(traits.amortizable, info.find("amortized") != nullptr);
  EXPECT_NE(info.find("count"), nullptr);
  EXPECT_EQ(GetParam().has_context(), layer->context_size() > 0);
  if (GetParam().overrides.value("amortized", false)) {
    EXPECT_TRUE(layer->parameters().empty());
  }
  EXPECT_FALSE(info.summary.empty());
}

class FlowsWithContext : public FlowRows {};
INSTANTIATE_TEST_SUITE_P(All,
                         FlowsWithContext,
                         ::testing::ValuesIn(variants_where([](const FlowVariant& variant) {
                           return variant.has_context();
                         })),
                         testing::label_of);

TEST_P(FlowsWithContext, RefuseToGoWithoutAnEncoderAndNoticeItsAbsence) {
  const ConfigNode node(testing::flow_json(GetParam().row, GetParam().overrides), "guide.flows");
  try {
    flow_factory().create(node, testing::flow_context(kSize, /*has_context=*/false));
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.diagnostics().front().path,
                ::testing::AnyOf("guide.flows.amortized", "guide.flows.context_size"));
    EXPECT_THAT(error.diagnostics().front().message, ::testing::HasSubstr("none here"));
  }
  const auto layer = build(GetParam(), kSize);
  EXPECT_THROW(layer->forward({}), c10::Error);
  EXPECT_THROW(layer->forward(at::zeros({2, layer->context_size() + 1}, at::kDouble)), c10::Error);
}

TEST_P(FlowRows, OneLatentWorksOrIsRefused) {
  if (GetParam().row.find("coupling") != std::string::npos) {
    EXPECT_THROW(build(GetParam(), 1), ConfigError);
    return;
  }
  FlowVariant variant = GetParam();
  if (variant.overrides.contains("num_vectors")) variant.overrides["num_vectors"] = 1;
  const auto layer = build(variant, 1);
  const auto [y, log_det] =
      layer->forward(context_for(*layer, {6}))->forward_and_log_det(draw({6, 1}, 3));
  EXPECT_TRUE(is_finite(y) && is_finite(log_det));
}

bool is_autoregressive(const std::string& row) {
  return row == "maf" || row == "iaf" || row == "autoregressive_spline";
}

class AutoregressiveFlows : public FlowRows {};
INSTANTIATE_TEST_SUITE_P(All,
                         AutoregressiveFlows,
                         ::testing::ValuesIn(variants_where([](const FlowVariant& variant) {
                           return is_autoregressive(variant.row);
                         })),
                         testing::label_of);

TEST_P(AutoregressiveFlows, JacobianIsTriangularAndFull) {
  const auto layer = random_layer(GetParam());
  const auto transform = layer->forward(context_for(*layer, {20}));
  Tensor matrix = jacobian(*transform, draw({20, kSize}, 3)).abs().sum(0);
  if (GetParam().repeat % 2 == 1) matrix = matrix.t();
  EXPECT_EQ(matrix.triu(1).max().item<double>(), 0.0);
  const Tensor lower = matrix.masked_select(at::ones_like(matrix).tril(0) > 0);
  EXPECT_GT(lower.min().item<double>(), 0.0) << "a coordinate ignores one before it";
}

class AutoregressiveFlowsWithContext : public FlowRows {};
INSTANTIATE_TEST_SUITE_P(All,
                         AutoregressiveFlowsWithContext,
                         ::testing::ValuesIn(variants_where([](const FlowVariant& variant) {
                           return is_autoregressive(variant.row) &&
                                  variant.overrides.contains("context_size");
                         })),
                         testing::label_of);

TEST_P(AutoregressiveFlowsWithContext, ContextReachesEveryCoordinate) {
  const auto layer = random_layer(GetParam());
  const Tensor context = context_for(*layer, {20}), x = draw({20, kSize}, 3);
  const Tensor y = layer->forward(context)->forward_and_log_det(x).first;
  const Tensor moved = layer->forward(context + 0.1)->forward_and_log_det(x).first;
  EXPECT_GT((y - moved).abs().sum(0).min().item<double>(), 0.0);
}

class FlowsWithConditioners : public FlowRows {};
INSTANTIATE_TEST_SUITE_P(All,
                         FlowsWithConditioners,
                         ::testing::ValuesIn(variants_where([](const FlowVariant& variant) {
                           return variant.overrides.contains("hidden_sizes");
                         })),
                         testing::label_of);

TEST_P(FlowsWithConditioners, StartAtTheIdentity) {
  const auto layer = build(GetParam(), kSize);
  const Tensor x = draw({6, kSize}, 3);
  const Tensor y = layer->forward(context_for(*layer, {6}))->forward_and_log_det(x).first;
  // iaf: sigmoid(1.5) of it.
  const double share = GetParam().row == "iaf" ? 0.8175744761936437 : 1.0;
  EXPECT_LT(largest_difference(y, x * share), 1e-12);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
