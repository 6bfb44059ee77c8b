#include "elbow/neural/nn/packed_parameters.h"

#include <ATen/ops/as_strided.h>
#include <ATen/ops/cat.h>

#include <algorithm>

#include "elbow/neural/nn/gradient_sink.h"
#include "elbow/probability/distributions/graph_node.h"

namespace elbow {
namespace {

using at::Tensor;
using torch::autograd::variable_list;

/// Whether each begins where the one before it ends.
template <class Get>
bool lie_in_sequence(std::size_t count, const Get& get) {
  const char* next = nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    const Tensor& tensor = get(i);
    if (!tensor.defined() || !tensor.is_contiguous()) return false;
    const char* const data = static_cast<const char*>(tensor.const_data_ptr());
    if (i > 0 && data != next) return false;
    next = data + tensor.nbytes();
  }
  return true;
}

template <class Real>
void add_in_place(const Tensor& to, const Tensor& from, std::int64_t count) {
  Real* const out = to.mutable_data_ptr<Real>();
  const Real* const in = from.const_data_ptr<Real>();
  for (std::int64_t i = 0; i < count; ++i) out[i] += in[i];
}

bool has_loop(const Tensor& tensor) {
  return tensor.is_cpu() &&
         (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kDouble);
}

/// The gradient of a packed vector, cut into those of its tensors or added to their grad().
class Unpack : public torch::autograd::Node {
 public:
  Unpack(std::vector<Tensor> leaves, bool accumulates_to_leaves)
      : leaves_(std::move(leaves)), accumulates_(accumulates_to_leaves) {
    if (!accumulates_) set_next_edges(torch::autograd::collect_next_edges(leaves_));
  }
  std::string name() const override { return "Unpack"; }

  variable_list apply(variable_list&& grads) override {
    if (!grads[0].defined()) return variable_list(num_outputs());
    if (accumulates_) {
      TORCH_CHECK(!at::GradMode::is_enabled(),
                  "packed: a gradient that is added to the leaves has no graph of its own; build "
                  "the graph without AccumulatesToLeaves");
      accumulate(grads[0]);
      return {};
    }
    variable_list out(num_outputs());
    std::int64_t start = 0;
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      const std::int64_t count = leaves_[i].numel();
      if (task_should_compute_output(i))
        out[i] = grads[0].narrow(0, start, count).view(leaves_[i].sizes());
      start += count;
    }
    return out;
  }

 private:
  void accumulate(const Tensor& grad) {
    const auto grad_of = [this](std::size_t i) -> const Tensor& { return leaves_[i].grad(); };
    if (has_loop(grad) && grad.is_contiguous() && lie_in_sequence(leaves_.size(), grad_of) &&
        grad_of(0).scalar_type() == grad.scalar_type()) {
      if (grad.scalar_type() == at::kFloat)
        add_in_place<float>(grad_of(0), grad, grad.numel());
      else
        add_in_place<double>(grad_of(0), grad, grad.numel());
      return;
    }
    std::int64_t start = 0;
    for (const Tensor& leaf : leaves_) {
      const Tensor piece = grad.narrow(0, start, leaf.numel()).view(leaf.sizes());
      if (leaf.grad().defined())
        leaf.mutable_grad().add_(piece);
      else
        leaf.mutable_grad() = piece.clone();
      start += leaf.numel();
    }
  }

  std::vector<Tensor> leaves_;
  bool accumulates_;
};

Tensor values_of(const std::vector<Tensor>& parameters) {
  // The node below is the whole graph of this.
  const at::NoGradGuard no_grad;
  std::int64_t count = 0;
  for (const Tensor& parameter : parameters) count += parameter.numel();
  const auto get = [&](std::size_t i) -> const Tensor& { return parameters[i]; };
  if (lie_in_sequence(parameters.size(), get)) {
    const at::AutoDispatchBelowADInplaceOrView below;
    return at::as_strided(parameters[0], {count}, {1}, parameters[0].storage_offset());
  }
  std::vector<Tensor> flat;
  for (const Tensor& parameter : parameters) flat.push_back(parameter.reshape({-1}));
  return at::cat(flat);
}

}  // namespace

Tensor packed(const std::vector<Tensor>& parameters) {
  TORCH_CHECK(!parameters.empty(), "packed: expected at least one tensor, got none");
  Tensor out = values_of(parameters);
  if (!any_needs_graph(parameters)) return out;
  const bool is_sink = AccumulatesToLeaves::is_on() &&
                       std::all_of(parameters.begin(), parameters.end(), [&](const Tensor& tensor) {
                         return tensor.requires_grad() && tensor.is_leaf();
                       });
  torch::autograd::set_history(out, make_graph_node<Unpack>(parameters, is_sink));
  return out;
}

}  // namespace elbow
