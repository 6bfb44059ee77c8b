#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "elbow/neural/flows/conditional_transform.h"
#include "elbow/probability/distributions/distribution.h"
#include "support/resolved_node.h"

namespace elbow::testing {

/// A row of the factory with some of its options.
struct FlowVariant {
  std::string label, row;
  Json overrides = Json::object();
  std::int64_t repeat = 0;
  bool has_context() const {
    return overrides.value("amortized", false) || overrides.value("context_size", 0) > 0;
  }
};

inline std::string label_of(const ::testing::TestParamInfo<FlowVariant>& test) {
  return test.param.label;
}

inline void PrintTo(const FlowVariant& variant, std::ostream* out) { *out << variant.label; }

/// Every row, as it is and with the options that change what is computed.
inline std::vector<FlowVariant> flow_variants() {
  std::vector<FlowVariant> out;
  for (const auto& row : flow_factory().rows()) {
    const std::string& name = row.info.name;
    // Smooth, so that differences and quadrature are exact.
    Json base = Json::object();
    if (row.info.find("activation")) base = {{"activation", "tanh"}, {"hidden_sizes", {9, 7}}};
    if (row.info.find("num_vectors")) base["num_vectors"] = 2;
    const auto add = [&](const std::string& suffix, const Json& more, std::int64_t repeat = 0) {
      Json all = base;
      all.update(more);
      out.push_back({name + suffix, name, all, repeat});
    };
    add("", Json::object());
    if (row.info.find("amortized")) add("_amortized", {{"amortized", true}});
    if (row.info.find("context_size")) add("_context", {{"context_size", 3}});
    if (row.info.find("mask")) add("_half", {{"mask", "half"}});
    if (row.info.find("mask") || row.info.find("direction") || name == "maf" || name == "iaf" ||
        name == "sylvester_triangular")
      add("_second", Json::object(), 1);
    if (row.info.find("direction")) add("_maf", {{"direction", "maf"}});
    if (row.info.find("numeric_inverse")) add("_inverted", {{"numeric_inverse", true}});
    if (row.info.find("order")) add("_random", {{"order", "random"}});
  }
  return out;
}

/// The variants that a property is about, so that none is counted where it says nothing.
template <class Keep>
std::vector<FlowVariant> variants_where(Keep keep) {
  std::vector<FlowVariant> out;
  for (const auto& variant : flow_variants())
    if (keep(variant)) out.push_back(variant);
  return out;
}

/// What a flow of vectors of this size is told. @param has_context whether it is given anything
inline BuildContext flow_context(std::int64_t size, bool has_context, std::int64_t repeat = 0) {
  BuildContext out{{size}};
  if (has_context) out.context_shape = {7};  // layers ask of it only whether it is there
  out.repeat = repeat;
  return out;
}

inline Json flow_json(const std::string& row, const Json& overrides) {
  return resolved(info_in(flow_factory(), row), overrides);
}

/// The layer of a variant, float64 unless told.
inline ConditionalTransformPtr build(const FlowVariant& variant,
                                     std::int64_t size,
                                     std::uint64_t seed = 1,
                                     at::ScalarType dtype = at::kDouble) {
  at::manual_seed(seed);
  const ConfigNode node(flow_json(variant.row, variant.overrides), "guide.flows");
  auto layer =
      flow_factory().create(node, flow_context(size, variant.has_context(), variant.repeat));
  node.touch("count");  // the stack's
  EXPECT_TRUE(node.unread().empty())
      << variant.label << " ignores " << ::testing::PrintToString(node.unread());
  layer->to(dtype);
  return layer;
}

inline Tensor draw(const Shape& shape, std::uint64_t seed, at::ScalarType dtype = at::kDouble) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions(at::kDouble)).to(dtype);
}

/// Moves every parameter away from its start.
inline void perturb(Module& module, double scale, std::uint64_t seed = 5) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : module.parameters())
    parameter.add_(draw(parameter.sizes().vec(), seed++).to(parameter.scalar_type()), scale);
}

/// A context for the batch, or an undefined tensor for a layer that takes none.
template <class Layer>
Tensor context_for(const Layer& layer,
                   const Shape& batch,
                   std::uint64_t seed = 9,
                   at::ScalarType dtype = at::kDouble) {
  if (layer.context_size() == 0) return {};
  Shape shape = batch;
  shape.push_back(layer.context_size());
  return draw(shape, seed, dtype);
}

inline Shape joined(const std::vector<Shape>& parts) {
  Shape out;
  for (const Shape& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

inline double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

inline bool is_finite(const Tensor& x) { return x.isfinite().all().item<bool>(); }

/// Every parameter of the module, the context where there is one, and the input have a finite
/// gradient: a layer that cuts any of them from the graph is found.
inline void expect_finite_gradients_in(const Module& module,
                                       const Tensor& context,
                                       const Tensor& x) {
  const auto expect_finite = [](const Tensor& tensor, const std::string& name) {
    ASSERT_TRUE(tensor.grad().defined()) << name << " is cut from the graph";
    EXPECT_TRUE(is_finite(tensor.grad())) << name;
  };
  for (const auto& parameter : module.named_parameters())
    expect_finite(parameter.value(), parameter.key());
  if (context.defined()) expect_finite(context, "context");
  expect_finite(x, "input");
}

/// dy_i/dx_j for each of N vectors, by autograd: [N, D, D].
inline Tensor jacobian(const Transform& transform, const Tensor& x) {
  const Tensor input = x.detach().clone().requires_grad_();
  const Tensor y = transform.forward_and_log_det(input).first;
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < y.size(-1); ++i)
    rows.push_back(torch::autograd::grad({y.select(-1, i).sum()},
                                         {input},
                                         /*grad_outputs=*/{},
                                         /*retain_graph=*/true)[0]);
  return at::stack(rows, 1);
}

/// Latents of the layers under test.
constexpr std::int64_t kFlowSize = 5;

/// A layer at random weights.
inline ConditionalTransformPtr random_layer(const FlowVariant& variant, double scale = 0.5) {
  auto layer = build(variant, kFlowSize);
  perturb(*layer, scale);
  return layer;
}

}  // namespace elbow::testing
