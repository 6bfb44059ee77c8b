#include "stacked_transform.h"

#include <ATen/TensorOperators.h>

#include <algorithm>

#include "elbow/neural/nn/packed_parameters.h"
#include "elbow/probability/transforms/composed.h"
#include "fused_layers.h"

namespace elbow {
namespace {

const ParameterFlow* kernel_layer(const ConditionalTransform& layer) {
  const auto* flow = dynamic_cast<const ParameterFlow*>(&layer);
  return flow != nullptr && flow->stacked() ? flow : nullptr;
}

/// Whether layer b may follow a in a run.
bool belong_together(const ParameterFlow& a, const ParameterFlow& b) {
  const kernels::StackShape &first = *a.stacked(), &second = *b.stacked();
  const bool alternates = first.kind == kernels::StackedLayer::sylvester_identity;
  return first.kind == second.kind && first.num_directions == second.num_directions &&
         first.num_reflections == second.num_reflections &&
         a.takes_context() == b.takes_context() && a.num_parameters() == b.num_parameters() &&
         (a.is_second() != b.is_second()) == alternates;
}

TransformPtr composed_of(std::vector<TransformPtr> parts) {
  return std::make_shared<Composed>(std::move(parts));
}

/// The layers of a run with these numbers. @param flat [batch..., K P]
TransformPtr layers_with(const LayerRun& run, const Tensor& flat) {
  std::vector<TransformPtr> parts;
  std::int64_t start = 0;
  for (const ParameterFlow* layer : run.stacked) {
    parts.push_back(layer->kernel_transform(flat.narrow(-1, start, layer->num_parameters())));
    start += layer->num_parameters();
  }
  return composed_of(std::move(parts));
}

Tensor learned_of(const LayerRun& run) {
  std::vector<Tensor> tensors;
  tensors.reserve(run.stacked.size() * run.stacked.front()->learned().size());
  for (const ParameterFlow* layer : run.stacked)
    tensors.insert(tensors.end(), layer->learned().begin(), layer->learned().end());
  return packed(tensors);
}

}  // namespace

std::vector<LayerRun> runs_of(const std::vector<ConditionalTransformPtr>& layers) {
  std::vector<LayerRun> out;
  std::int64_t start = 0;
  for (const ConditionalTransformPtr& layer : layers) {
    const ParameterFlow* const flow = kernel_layer(*layer);
    const bool goes_on = flow != nullptr && !out.empty() && !out.back().stacked.empty() &&
                         belong_together(*out.back().stacked.back(), *flow);
    if (!goes_on) {
      out.emplace_back();
      out.back().context_start = start;
    }
    out.back().layers.push_back(layer);
    if (flow != nullptr) out.back().stacked.push_back(flow);
    out.back().context_size += layer->context_size();
    start += layer->context_size();
  }
  return out;
}

StackedTransform::StackedTransform(std::shared_ptr<const std::vector<LayerRun>> runs,
                                   const Tensor& context)
    : runs_(std::move(runs)) {
  parts_.reserve(runs_->size());
  for (const LayerRun& run : *runs_) {
    Part part{&run, {}, nullptr};
    if (run.context_size > 0)
      part.context = context.size(-1) == run.context_size
                         ? context
                         : context.narrow(-1, run.context_start, run.context_size);
    if (run.stacked.empty()) part.transform = run.layers.front()->forward(part.context);
    parts_.push_back(std::move(part));
  }
}

std::vector<TransformPtr> StackedTransform::transforms_of(const Part& part) const {
  if (part.transform != nullptr) return {part.transform};
  std::vector<TransformPtr> out;
  std::int64_t start = 0;
  for (const ConditionalTransformPtr& layer : part.run->layers) {
    const std::int64_t size = layer->context_size();
    out.push_back(layer->forward(size > 0 ? part.context.narrow(-1, start, size) : Tensor()));
    start += size;
  }
  return out;
}

const Transform& StackedTransform::composed() const {
  std::call_once(is_composed_, [this] {
    std::vector<TransformPtr> all;
    for (const Part& part : parts_)
      for (TransformPtr& transform : transforms_of(part)) all.push_back(std::move(transform));
    composed_ = composed_of(std::move(all));
  });
  return *composed_;
}

bool StackedTransform::can_run(const Part& part, const Tensor& x) const {
  if (part.transform != nullptr) return true;
  const ParameterFlow& first = *part.run->stacked.front();
  const Tensor& sample = first.takes_context() ? part.context : first.learned().front();
  kernels::StackShape shape = *first.stacked();
  shape.size = x.size(-1);
  return can_fuse(x, sample) && kernels::num_stack_parameters(shape) == first.num_parameters();
}

std::pair<Tensor, Tensor> StackedTransform::forward(const Part& part, const Tensor& x) const {
  if (part.transform != nullptr) return part.transform->forward_and_log_det(x);
  const LayerRun& run = *part.run;
  const ParameterFlow& first = *run.stacked.front();
  kernels::StackShape layers = *first.stacked();
  layers.num_layers = static_cast<std::int64_t>(run.stacked.size());
  Tensor parameters = first.takes_context() ? part.context : learned_of(run);
  if (first.changes_parameters())
    parameters = first
                     .kernel_parameters(
                         parameters.unflatten(-1, {layers.num_layers, first.num_parameters()}))
                     .flatten(-2);
  return fused_layers(
      layers, x, parameters, [runs = runs_, &run](const Tensor& input, const Tensor& flat) {
        return layers_with(run, flat)->forward_and_log_det(input);
      });
}

std::pair<Tensor, Tensor> StackedTransform::forward_and_log_det(const Tensor& x) const {
  for (const Part& part : parts_)
    if (!can_run(part, x)) return composed().forward_and_log_det(x);
  auto [value, total] = forward(parts_.front(), x);
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    auto [next, log_det] = forward(parts_[i], value);
    value = std::move(next);
    total = total + log_det;
  }
  return {value, total};
}

std::pair<Tensor, Tensor> StackedTransform::inverse_and_log_det(const Tensor& y) const {
  return composed().inverse_and_log_det(y);
}

bool StackedTransform::has_inverse() const {
  return std::all_of(runs_->begin(), runs_->end(), [](const LayerRun& run) {
    return std::all_of(run.layers.begin(), run.layers.end(), [](const auto& layer) {
      return layer->has_inverse();
    });
  });
}

TransformPtr StackedTransform::map_parameters(const ParameterMap& map) const {
  return composed().map_parameters(map);
}

}  // namespace elbow
