// Weights, moments and their average by name, and taking them over.
#include "elbow/inference/methods/flat_state.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <set>

#include "elbow/foundations/core/error.h"

namespace elbow {

namespace {

void append_prefixed(NamedTensors& out, const std::string& prefix, const NamedTensors& named) {
  for (const auto& [name, tensor] : named) out.emplace_back(prefix + name, tensor);
}

}  // namespace

InferenceState flat_state(const FlatParameters& parameters,
                          const NamedTensors& buffers,
                          const ParameterUpdate& update) {
  const at::NoGradGuard no_grad;
  auto copy = [](const Tensor& tensor) {
    return tensor.detach().to(at::kCPU).clone(at::MemoryFormat::Contiguous);
  };
  InferenceState out;
  for (const auto& [name, tensor] : parameters.named()) out.model.emplace_back(name, copy(tensor));
  for (const auto& [name, tensor] : buffers) out.model.emplace_back(name, copy(tensor));
  if (update.average().defined())
    append_prefixed(out.model, "ema.", parameters.split(update.average().to(at::kCPU)));
  for (const auto& [name, tensor] : update.optimizer().state()) {
    if (tensor.dim() == 1 && tensor.numel() == parameters.values().numel())
      append_prefixed(out.optimizer, name + ".", parameters.split(tensor.to(at::kCPU)));
    else
      out.optimizer.emplace_back(name, copy(tensor));
  }
  return out;  // noise is keyed by the step: no generator has a state worth keeping
}

namespace {

/// Takes the entries of `stored` whose name begins with `prefix`, without it.
NamedTensors take_prefixed(const NamedTensors& stored,
                           const std::string& prefix,
                           std::set<std::string>& used) {
  NamedTensors out;
  for (const auto& [name, tensor] : stored)
    if (name.compare(0, prefix.size(), prefix) == 0) {
      out.emplace_back(name.substr(prefix.size()), tensor);
      used.insert(name);
    }
  return out;
}

std::string shape_and_type(const Tensor& tensor) {
  std::string out = "[";
  for (std::int64_t i = 0; i < tensor.dim(); ++i)
    out += (i > 0 ? ", " : "") + std::to_string(tensor.size(i));
  return out + "] of " + std::to_string(8 * tensor.element_size()) +
         (tensor.is_floating_point() ? "-bit floats" : "-bit integers");
}

const Tensor& find_tensor(const NamedTensors& stored,
                          const std::string& name,
                          const Tensor& like,
                          const std::string& source) {
  for (const auto& [stored_name, tensor] : stored)
    if (stored_name == name) {
      if (tensor.sizes() != like.sizes() || tensor.scalar_type() != like.scalar_type())
        throw DataError(source + ": tensor '" + name + "': expected " + shape_and_type(like) +
                            " as in the model of the configuration, found " +
                            shape_and_type(tensor),
                        "the checkpoint belongs to another configuration");
      return tensor;
    }
  throw DataError(source + ": tensor '" + name + "' is missing",
                  "the checkpoint belongs to another configuration");
}

void refuse_unused(const NamedTensors& stored,
                   const std::set<std::string>& used,
                   const std::string& source) {
  for (const auto& [name, tensor] : stored)
    if (used.count(name) == 0)
      throw DataError(source + ": unexpected tensor '" + name + "'",
                      "the checkpoint belongs to another configuration");
}

}  // namespace

void load_flat_state(const InferenceState& state,
                     const std::string& source,
                     const FlatParameters& parameters,
                     const NamedTensors& buffers,
                     ParameterUpdate& update) {
  const at::NoGradGuard no_grad;
  std::set<std::string> used;
  // Every check comes first: a state that does not fit changes nothing.
  std::vector<std::pair<Tensor, Tensor>> copies;
  NamedTensors targets = parameters.named();
  for (const auto& buffer : buffers) targets.push_back(buffer);
  for (const auto& [name, tensor] : targets) {
    copies.emplace_back(tensor, find_tensor(state.model, name, tensor, source));
    used.insert(name);
  }
  const NamedTensors average = take_prefixed(state.model, "ema.", used);
  refuse_unused(state.model, used, source);
  if (update.average().defined())
    parameters.join(average, at::empty_like(update.average()), source);
  used.clear();
  std::vector<std::pair<Tensor, NamedTensors>> flat_copies;
  for (const auto& [name, tensor] : update.optimizer().state()) {
    if (tensor.dim() == 1 && tensor.numel() == parameters.values().numel()) {
      flat_copies.emplace_back(tensor, take_prefixed(state.optimizer, name + ".", used));
      parameters.join(flat_copies.back().second, at::empty_like(tensor), source);
    } else {
      copies.emplace_back(tensor, find_tensor(state.optimizer, name, tensor, source));
      used.insert(name);
    }
  }
  refuse_unused(state.optimizer, used, source);
  for (auto& [to, from] : copies) to.copy_(from);
  for (auto& [to, named] : flat_copies) parameters.join(named, to, source);
  if (update.average().defined()) parameters.join(average, update.average(), source);
}

void load_named_weights(const NamedTensors& parameters,
                        const NamedTensors& buffers,
                        const NamedTensors& stored,
                        bool use_average,
                        const std::string& source) {
  const at::NoGradGuard no_grad;
  std::vector<std::pair<Tensor, Tensor>> copies;
  const bool has_average = std::any_of(stored.begin(), stored.end(), [](const auto& item) {
    return item.first.compare(0, 4, "ema.") == 0;
  });
  if (use_average && !has_average)
    throw UsageError(source + ": no moving average of the weights was kept",
                     "use --weights raw, or train with trainer.ema");
  for (const auto& [name, tensor] : parameters)
    copies.emplace_back(tensor,
                        find_tensor(stored, (use_average ? "ema." : "") + name, tensor, source));
  for (const auto& [name, tensor] : buffers)
    copies.emplace_back(tensor, find_tensor(stored, name, tensor, source));
  for (auto& [to, from] : copies) to.copy_(from);
}

}  // namespace elbow
