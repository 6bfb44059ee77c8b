#include "coupling_flow.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "elbow/probability/transforms/coupling.h"

namespace elbow {

CouplingFlow::CouplingFlow(const ConfigNode& node,
                           const BuildContext& context,
                           ElementBijector bijector)
    : bijector_(std::move(bijector)) {
  if (context.event_size() < 2)
    node.refuse("a coupling needs at least 2 latents, one to keep and one to change",
                "use a larger latent_size, or another flow");
  const ConditionerOptions options(node, context);
  const Tensor places = at::arange(context.event_size());
  const Tensor half =
      node.text("mask") == "half" ? places >= context.event_size() / 2 : places.remainder(2) == 1;
  const Tensor is_changed = context.repeat % 2 == 0 ? half : ~half;
  kept_ = register_buffer("kept", places.masked_select(~is_changed));
  changed_ = register_buffer("changed", places.masked_select(is_changed));
  context_size_ = options.context_size;
  network_ = register_module(
      "conditioner",
      std::make_shared<ConditionerNetwork>(
          options, Connections::all, kept_.size(0), changed_.size(0) * bijector_.num_parameters));
}

ComponentInfo CouplingFlow::coupling_info(ComponentInfo info, const std::vector<Parameter>& own) {
  return std::move(info)
      .takes({Parameter::choice(
                  "mask",
                  {"alternate", "half"},
                  "keeps every second latent, or one half; the others in the next repeat")
                  .defaults("alternate")})
      .takes(own)
      .takes(ConditionerOptions::parameters())
      .with(FlowTraits{});
}

TransformPtr CouplingFlow::forward(const Tensor& context) {
  // A module's move to another dtype takes the buffers along.
  return std::make_shared<Coupling>(
      kept_.to(at::kLong), changed_.to(at::kLong), network_->forward(context), bijector_);
}

}  // namespace elbow
