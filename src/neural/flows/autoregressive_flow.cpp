#include "autoregressive_flow.h"

namespace elbow {

AutoregressiveFlow::AutoregressiveFlow(const ConfigNode& node,
                                       const FlowShapes& shapes,
                                       AutoregressiveDirection direction,
                                       ElementBijector bijector)
    : direction_(direction), is_reversed_(shapes.index % 2 == 1), bijector_(std::move(bijector)) {
  const ConditionerOptions options(node, shapes);
  context_size_ = options.context_size;
  network_ =
      register_module("conditioner",
                      std::make_shared<ConditionerNetwork>(options,
                                                           Connections::autoregressive,
                                                           shapes.size,
                                                           shapes.size * bijector_.num_parameters));
}

TransformPtr AutoregressiveFlow::forward(const Tensor& context) {
  return std::make_shared<Autoregressive>(
      direction_, is_reversed_, network_->forward(context), bijector_);
}

}  // namespace elbow
