#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/randn.h>

#include "elbow/transforms/sylvester.h"
#include "parameter_flow.h"
#include "rows.h"

namespace elbow {
namespace {

/// Scale of R and R~ in a fresh layer: their product is what leaves the identity.
constexpr double kStartScale = 0.1;

/// The parameters that all three forms share. @param num_vectors M
std::vector<FlowParameter> common_parameters(std::int64_t num_vectors) {
  return {{"triangles", uniform_start({num_vectors, num_vectors}, kStartScale)},
          {"diagonal", uniform_start({num_vectors}, kStartScale)},
          {"bias", uniform_start({num_vectors}, kStartScale)}};
}

ConditionalTransformPtr make_orthogonal(const ConfigNode& node, const FlowShapes& shapes) {
  const std::int64_t num_vectors = node.integer("num_vectors");
  if (num_vectors > shapes.size)
    node.refuse("must be at most the number of latents (" + std::to_string(shapes.size) +
                    "), got " + std::to_string(num_vectors),
                "orthogonal directions are no more than dimensions",
                "num_vectors");
  auto parameters = common_parameters(num_vectors);
  parameters.push_back({"basis", at::randn({shapes.size, num_vectors})});
  return std::make_shared<ParameterFlow>(
      is_amortized(node, shapes),
      parameters,
      /*has_inverse=*/false,
      [](const std::vector<Tensor>& tensors) {
        // Zeros from an encoder mean the first coordinates: QR has no gradient at a zero matrix.
        const Tensor& raw = tensors[3];
        const Tensor basis = raw + at::eye(raw.size(-2), raw.size(-1), raw.options());
        return std::make_shared<Sylvester>(
            SylvesterBasis::orthogonal, basis, tensors[0], tensors[1], tensors[2]);
      });
}

ConditionalTransformPtr make_sylvester_householder(const ConfigNode& node,
                                                   const FlowShapes& shapes) {
  auto parameters = common_parameters(shapes.size);
  parameters.push_back({"basis", at::randn({node.integer("num_householder"), shapes.size})});
  return std::make_shared<ParameterFlow>(
      is_amortized(node, shapes),
      parameters,
      /*has_inverse=*/false,
      [](const std::vector<Tensor>& tensors) {
        return std::make_shared<Sylvester>(
            SylvesterBasis::householder, tensors[3], tensors[0], tensors[1], tensors[2]);
      });
}

ConditionalTransformPtr make_triangular(const ConfigNode& node, const FlowShapes& shapes) {
  const auto kind = shapes.index % 2 == 0 ? SylvesterBasis::identity : SylvesterBasis::reversed;
  return std::make_shared<ParameterFlow>(is_amortized(node, shapes),
                                         common_parameters(shapes.size),
                                         /*has_inverse=*/false,
                                         [kind](const std::vector<Tensor>& tensors) {
                                           return std::make_shared<Sylvester>(
                                               kind, Tensor(), tensors[0], tensors[1], tensors[2]);
                                         });
}

ComponentInfo sylvester_info(const char* name, const char* summary, const char* section) {
  ComponentInfo info;
  info.name = name;
  info.summary = summary;
  info.paper =
      std::string("van den Berg, Hasenclever, Tomczak, Welling, Sylvester normalizing flows for ") +
      "variational inference, 2018, arXiv:1803.05649, " + section;
  info.properties = flow_properties(/*has_inverse=*/false, /*amortizable=*/true);
  info.parameters = {amortized_parameter()};
  return info;
}

}  // namespace

FlowRow sylvester_orthogonal_row() {
  ComponentInfo info = sylvester_info("sylvester_orthogonal",
                                      "planar layers along several orthogonal directions at once",
                                      "section 4.1");
  info.parameters.push_back(
      Parameter::integer("num_vectors", "directions M, at most the number of latents")
          .defaults(1)
          .at_least(1));
  return {std::move(info), make_orthogonal};
}

FlowRow sylvester_householder_row() {
  ComponentInfo info = sylvester_info("sylvester_householder",
                                      "as many directions as latents, turned by reflections",
                                      "section 4.2");
  info.parameters.push_back(
      Parameter::integer("num_householder", "reflections in each layer").defaults(4).at_least(1));
  return {std::move(info), make_sylvester_householder};
}

FlowRow sylvester_triangular_row() {
  return {sylvester_info("sylvester_triangular",
                         "triangular matrices only; every second layer reverses the latents",
                         "section 4.3"),
          make_triangular};
}

}  // namespace elbow
