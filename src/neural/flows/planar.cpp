#include "planar.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "elbow/probability/transforms/planar.h"
#include "flow_keys.h"

namespace elbow {
namespace {

std::vector<FlowParameter> planar_start(std::int64_t size) {
  const Tensor w = uniform_start({size}, 1.0);
  // This part of u along w makes u^ zero; a small one across it makes the layer more than that.
  const Tensor u = w * (identity_point() / w.square().sum().clamp_min(1e-3)) +
                   uniform_start({size}, kStartNoise);
  return {{"u", u}, {"w", w}, {"b", at::zeros({1})}};
}

}  // namespace

ComponentInfo PlanarFlow::info() {
  FlowTraits traits;
  traits.has_inverse = false;
  traits.inverse_key = "numeric_inverse";
  traits.amortizable = true;
  return ComponentInfo::of("planar", "x + u tanh(w'x + b): a bump along one direction")
      .source(
          "Rezende, Mohamed, Variational inference with normalizing flows, 2015, "
          "arXiv:1505.05770, equation 10 and appendix A.1")
      .takes({amortized_parameter(),
              Parameter::boolean("numeric_inverse",
                                 "invert by bisection, so that any value has a density")
                  .defaults(false)})
      .with(traits);
}

PlanarFlow::PlanarFlow(const ConfigNode& node, const BuildContext& context)
    : ParameterFlow(is_amortized(node, context),
                    planar_start(context.event_size()),
                    node.boolean("numeric_inverse"),
                    [has_inverse = node.boolean("numeric_inverse")](
                        const std::vector<Tensor>& tensors) -> TransformPtr {
                      return std::make_shared<Planar>(
                          tensors[0], tensors[1], tensors[2], has_inverse);
                    }) {
  stack_by(kernels::StackedLayer::planar);
}

}  // namespace elbow
