#include "elbow/inference/estimators/serial_backward.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones_like.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/engine.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace elbow {
namespace {

using at::Tensor;
using torch::autograd::Node;
using torch::autograd::variable_list;

bool needs_engine(Node& node) {
  if (!node.tensor_pre_hooks().empty() || !node.pre_hooks().empty() || !node.post_hooks().empty() ||
      !node.retains_grad_hooks().empty() || node.tensor_post_acc_grad_hooks() != nullptr)
    return true;
  for (std::uint32_t i = 0; i < node.num_inputs(); ++i)
    if (!node.input_metadata(i).device().is_cpu()) return true;
  return false;
}

/// Adds in the sum's own memory where nothing else looks at it.
void accumulate_gradient(Tensor& sum, Tensor&& part) {
  if (!part.defined()) return;
  if (!sum.defined())
    sum = std::move(part);
  else if (sum.layout() == at::kStrided && part.layout() == at::kStrided && sum.use_count() == 1 &&
           sum.storage().use_count() == 1 && sum.is_non_overlapping_and_dense())
    sum.add_(part);
  else
    sum = sum + part;
}

/// The nodes behind a loss, and the gradients that have reached them.
class Graph {
 public:
  explicit Graph(Node& root) {
    find(root);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      for (const auto& edge : nodes_[i].node->next_edges())
        if (edge.is_valid()) ++nodes_[find(*edge.function)].num_open;
  }

  bool needs_engine() const {
    return std::any_of(nodes_.begin(), nodes_.end(), [](const Reached& reached) {
      return elbow::needs_engine(*reached.node);
    });
  }

  void run(std::size_t root_output, const Tensor& gradient) {
    nodes_.front().gradients.at(root_output) = gradient;
    std::vector<std::size_t> ready{0};
    // The engine's order, on which the bits of a sum of gradients depend: latest operation first.
    const auto is_later = [this](std::size_t a, std::size_t b) {
      return nodes_[a].node->sequence_nr() < nodes_[b].node->sequence_nr();
    };
    while (!ready.empty()) {
      std::pop_heap(ready.begin(), ready.end(), is_later);
      const std::size_t next = ready.back();
      ready.pop_back();
      for (const std::size_t freed : differentiate(next)) {
        ready.push_back(freed);
        std::push_heap(ready.begin(), ready.end(), is_later);
      }
    }
  }

 private:
  struct Reached {
    Node* node;
    std::int64_t num_open;
    variable_list gradients;
  };

  std::size_t find(Node& node) {
    const auto [at, is_new] = indices_.try_emplace(&node, nodes_.size());
    if (is_new) nodes_.push_back({&node, 0, variable_list(node.num_inputs())});
    return at->second;
  }

  /// @return the nodes that wait for nothing any more
  std::vector<std::size_t> differentiate(std::size_t index) {
    Node& node = *nodes_[index].node;
    node.will_release_variables();
    variable_list outputs = node(std::move(nodes_[index].gradients));
    torch::autograd::validate_outputs(
        node.next_edges(), outputs, [&node](const std::string& error) {
          return "Function " + node.name() + " returned an " + error;
        });
    node.release_variables();
    std::vector<std::size_t> freed;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto& edge = node.next_edge(i);
      if (!edge.is_valid()) continue;
      const std::size_t to = find(*edge.function);
      accumulate_gradient(nodes_[to].gradients[edge.input_nr], std::move(outputs[i]));
      if (--nodes_[to].num_open == 0) freed.push_back(to);
    }
    return freed;
  }

  std::vector<Reached> nodes_;
  std::unordered_map<const Node*, std::size_t> indices_;
};

}  // namespace

bool try_serial_backward(const at::Tensor& loss) {
  Node* const root = loss.grad_fn().get();
  if (root == nullptr || !loss.is_cpu() || torch::autograd::AnomalyMode::is_enabled()) return false;
  Graph graph(*root);
  if (graph.needs_engine()) return false;
  const at::NoGradGuard no_grad;
  graph.run(loss.output_nr(), at::ones_like(loss));
  return true;
}

}  // namespace elbow
