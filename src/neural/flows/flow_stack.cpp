#include "elbow/neural/flows/flow_stack.h"

#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include <algorithm>

#include "elbow/probability/transforms/composed.h"
#include "stacked_transform.h"

namespace elbow {

FlowStack::FlowStack(const std::vector<ConfigNode>& nodes, const BuildContext& context) {
  for (const ConfigNode& node : nodes)
    for (std::int64_t i = 0; i < node.integer("count"); ++i) {
      BuildContext here = context;
      here.repeat = i;
      layers_.push_back(register_module("layer_" + std::to_string(layers_.size()),
                                        flow_factory().create(node, here)));
    }
  runs_ = std::make_shared<const std::vector<LayerRun>>(runs_of(layers_));
  has_kernel_ = std::any_of(
      runs_->begin(), runs_->end(), [](const LayerRun& run) { return !run.stacked.empty(); });
}

void FlowStack::check_context(const Tensor& context) const {
  const std::int64_t size = context_size();
  TORCH_CHECK(size == 0 || (context.defined() && context.size(-1) == size),
              "FlowStack: expected a context of shape [..., ",
              size,
              "], got ",
              context.defined() ? c10::str(context.sizes()) : "none");
}

std::vector<Tensor> FlowStack::pieces(const Tensor& context) const {
  check_context(context);
  std::vector<Tensor> out(layers_.size());
  std::int64_t start = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::int64_t length = layers_[i]->context_size();
    if (length > 0) out[i] = context.narrow(-1, start, length);
    start += length;
  }
  return out;
}

TransformPtr FlowStack::forward(const Tensor& context) {
  if (has_kernel_) {
    check_context(context);
    return std::make_shared<StackedTransform>(runs_, context);
  }
  const auto contexts = pieces(context);
  std::vector<TransformPtr> parts;
  for (std::size_t i = 0; i < layers_.size(); ++i)
    parts.push_back(layers_[i]->forward(contexts[i]));
  return std::make_shared<Composed>(std::move(parts));
}

std::int64_t FlowStack::context_size() const {
  std::int64_t size = 0;
  for (const auto& layer : layers_) size += layer->context_size();
  return size;
}

std::vector<Layout> FlowStack::context_layouts() const {
  std::vector<Layout> out;
  for (const auto& layer : layers_) out.push_back(layer->context_layout());
  return out;
}

bool FlowStack::has_inverse() const {
  return std::all_of(
      layers_.begin(), layers_.end(), [](const auto& layer) { return layer->has_inverse(); });
}

void FlowStack::initialise(const Tensor& x, const Tensor& context) {
  const at::NoGradGuard no_grad;
  const auto contexts = pieces(context);
  Tensor value = x;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i]->initialise(value);
    value = layers_[i]->forward(contexts[i])->forward_and_log_det(value).first;
  }
}

void FlowStack::initialise_from_outputs(const Tensor& y) {
  const at::NoGradGuard no_grad;
  const auto contexts = pieces({});
  Tensor value = y;
  for (std::size_t i = layers_.size(); i-- > 0;) {
    layers_[i]->initialise_from_outputs(value);
    value = layers_[i]->forward(contexts[i])->inverse_and_log_det(value).first;
  }
}

}  // namespace elbow
