// planar, radial and householder: layers of one direction or one point.
#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/transforms/householder.h"
#include "elbow/transforms/planar.h"
#include "elbow/transforms/radial.h"
#include "parameter_flow.h"
#include "rows.h"

namespace elbow {
namespace {

/// How far learned layers start from the identity.
constexpr double kStartNoise = 0.01;
/// softplus of this is 1, where the constrained parameter of planar and radial layers is 0.
const double kIdentityPoint = std::log(std::expm1(1.0));

ConditionalTransformPtr make_planar(const ConfigNode& node, const FlowShapes& shapes) {
  const bool has_inverse = node.boolean("numeric_inverse");
  const Tensor w = uniform_start({shapes.size}, 1.0);
  // This part of u along w makes u^ zero; a small one across it makes the layer more than that.
  const Tensor u = w * (kIdentityPoint / w.square().sum().clamp_min(1e-3)) +
                   uniform_start({shapes.size}, kStartNoise);
  return std::make_shared<ParameterFlow>(
      is_amortized(node, shapes),
      std::vector<FlowParameter>{{"u", u}, {"w", w}, {"b", at::zeros({1})}},
      has_inverse,
      [has_inverse](const std::vector<Tensor>& tensors) {
        return std::make_shared<Planar>(tensors[0], tensors[1], tensors[2], has_inverse);
      });
}

ConditionalTransformPtr make_radial(const ConfigNode& node, const FlowShapes& shapes) {
  return std::make_shared<ParameterFlow>(
      is_amortized(node, shapes),
      std::vector<FlowParameter>{{"center", uniform_start({shapes.size}, 1.0)},
                                 {"log_alpha", at::zeros({1})},
                                 {"beta", uniform_start({1}, kStartNoise) + kIdentityPoint}},
      /*has_inverse=*/true,
      [](const std::vector<Tensor>& tensors) {
        return std::make_shared<Radial>(tensors[0], tensors[1], tensors[2]);
      });
}

ConditionalTransformPtr make_householder(const ConfigNode& node, const FlowShapes& shapes) {
  return std::make_shared<ParameterFlow>(
      is_amortized(node, shapes),
      std::vector<FlowParameter>{{"v", at::randn({shapes.size})}},
      /*has_inverse=*/true,
      [](const std::vector<Tensor>& tensors) { return std::make_shared<Householder>(tensors[0]); });
}

}  // namespace

FlowRow planar_row() {
  ComponentInfo info;
  info.name = "planar";
  info.summary = "x + u tanh(w'x + b): a bump along one direction";
  info.paper =
      "Rezende, Mohamed, Variational inference with normalizing flows, 2015, arXiv:1505.05770, "
      "equation 10 and appendix A.1";
  info.properties = flow_properties(/*has_inverse=*/false, /*amortizable=*/true);
  info.properties["inverse_key"] = "numeric_inverse";
  info.parameters = {
      amortized_parameter(),
      Parameter::boolean("numeric_inverse", "invert by bisection, so that any value has a density")
          .defaults(false)};
  return {std::move(info), make_planar};
}

FlowRow radial_row() {
  ComponentInfo info;
  info.name = "radial";
  info.summary = "contracts or expands around a point";
  info.paper =
      "Rezende, Mohamed, Variational inference with normalizing flows, 2015, arXiv:1505.05770, "
      "equation 14 and appendix A.2";
  info.properties = flow_properties(/*has_inverse=*/true, /*amortizable=*/true);
  info.parameters = {amortized_parameter()};
  return {std::move(info), make_radial};
}

FlowRow householder_row() {
  ComponentInfo info;
  info.name = "householder";
  info.summary = "a reflection; several of them rotate, and keep the volume";
  info.paper =
      "Tomczak, Welling, Improving variational auto-encoders using Householder flow, 2016, "
      "arXiv:1611.09630, section 3.1";
  info.properties = flow_properties(/*has_inverse=*/true, /*amortizable=*/true);
  info.parameters = {amortized_parameter()};
  return {std::move(info), make_householder};
}

}  // namespace elbow
