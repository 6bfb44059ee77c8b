#pragma once

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

// What our own operations with derivatives are made of. torch::autograd::Function does the same
// with dictionaries and checks that take longer than a short operation.
namespace elbow {

/// Whether an operation on these has to be in the graph.
template <class... Tensors>
bool needs_graph(const Tensors&... inputs) {
  return at::GradMode::is_enabled() && (inputs.requires_grad() || ...);
}

inline bool any_needs_graph(const std::vector<at::Tensor>& inputs) {
  return at::GradMode::is_enabled() &&
         std::any_of(inputs.begin(), inputs.end(), [](const at::Tensor& input) {
           return input.requires_grad();
         });
}

template <class Backward, class... Arguments>
std::shared_ptr<Backward> make_graph_node(Arguments&&... arguments) {
  return {new Backward(std::forward<Arguments>(arguments)...), torch::autograd::deleteNode};
}

/// Saved by the operation, for its derivative. Reading what was released, as a second backward pass
/// does, is an error that says so.
inline at::Tensor still_saved(const at::Tensor& saved) {
  TORCH_CHECK(saved.defined(), torch::autograd::ERR_BACKWARD_TWICE);
  return saved;
}

}  // namespace elbow
