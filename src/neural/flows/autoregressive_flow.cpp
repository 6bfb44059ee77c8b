#include "autoregressive_flow.h"

namespace elbow {

AutoregressiveFlow::AutoregressiveFlow(const ConfigNode& node,
                                       const BuildContext& context,
                                       AutoregressiveDirection direction,
                                       ElementBijector bijector)
    : direction_(direction), is_reversed_(context.repeat % 2 == 1), bijector_(std::move(bijector)) {
  const ConditionerOptions options(node, context);
  context_size_ = options.context_size;
  network_ = register_module(
      "conditioner",
      std::make_shared<ConditionerNetwork>(options,
                                           Connections::autoregressive,
                                           context.event_size(),
                                           context.event_size() * bijector_.num_parameters));
}

TransformPtr AutoregressiveFlow::forward(const Tensor& context) {
  return std::make_shared<Autoregressive>(
      direction_, is_reversed_, network_->forward(context), bijector_);
}

}  // namespace elbow
