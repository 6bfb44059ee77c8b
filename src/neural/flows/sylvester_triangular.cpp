#include "sylvester_triangular.h"

#include "elbow/probability/transforms/sylvester.h"
#include "flow_keys.h"
#include "sylvester_parameters.h"

namespace elbow {

ComponentInfo SylvesterTriangularFlow::info() {
  return sylvester_info("sylvester_triangular",
                        "triangular matrices only; every second layer reverses the latents",
                        "section 4.3");
}

SylvesterTriangularFlow::SylvesterTriangularFlow(const ConfigNode& node,
                                                 const BuildContext& context)
    : ParameterFlow(
          is_amortized(node, context),
          sylvester_parameters(context.event_size()),
          /*has_inverse=*/false,
          [basis = context.repeat % 2 == 0 ? SylvesterBasis::identity : SylvesterBasis::reversed](
              const std::vector<Tensor>& tensors) -> TransformPtr {
            return std::make_shared<Sylvester>(basis, Tensor(), tensors[0], tensors[1], tensors[2]);
          }) {
  stack_by(kernels::StackedLayer::sylvester_identity,
           context.event_size(),
           /*num_reflections=*/0,
           /*is_second=*/context.repeat % 2 == 1);
}

}  // namespace elbow
