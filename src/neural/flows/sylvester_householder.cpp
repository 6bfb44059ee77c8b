#include "sylvester_householder.h"

#include <ATen/ops/randn.h>

#include "elbow/probability/transforms/sylvester.h"
#include "flow_keys.h"
#include "sylvester_parameters.h"

namespace elbow {
namespace {

std::vector<FlowParameter> reflected_start(const ConfigNode& node, std::int64_t size) {
  auto out = sylvester_parameters(size);
  out.push_back({"basis", at::randn({node.integer("num_householder"), size})});
  return out;
}

}  // namespace

ComponentInfo SylvesterHouseholderFlow::info() {
  return sylvester_info("sylvester_householder",
                        "as many directions as latents, turned by reflections",
                        "section 4.2")
      .takes({Parameter::integer("num_householder", "reflections in each layer")
                  .defaults(4)
                  .at_least(1)});
}

SylvesterHouseholderFlow::SylvesterHouseholderFlow(const ConfigNode& node,
                                                   const BuildContext& context)
    : ParameterFlow(
          is_amortized(node, context),
          reflected_start(node, context.event_size()),
          /*has_inverse=*/false,
          [](const std::vector<Tensor>& tensors) -> TransformPtr {
            return std::make_shared<Sylvester>(
                SylvesterBasis::householder, tensors[3], tensors[0], tensors[1], tensors[2]);
          }) {
  stack_by(kernels::StackedLayer::sylvester_reflections,
           context.event_size(),
           node.integer("num_householder"));
}

}  // namespace elbow
