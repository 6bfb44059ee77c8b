#include "conditional_pass.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "elbow/kernels/conditional_rows.h"
#include "elbow/probability/distributions/graph_node.h"
#include "elbow/probability/distributions/reference_operators.h"

namespace elbow {
namespace {

using torch::autograd::variable_list;

/// What of a pass is not a tensor.
struct PassRecipe {
  std::vector<std::int64_t> inputs, changed;
  kernels::ElementMap map;
  kernels::NetworkActivation activation;
  bool is_inverse;
};

/// A pass's job for the kernels, but for what it reads and writes.
template <class Real>
struct PassJob {
  PassJob(const PassRecipe& recipe, const Tensor& x, const std::vector<Tensor>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); i += 2)
      layers.push_back({tensors[i].size(1),
                        tensors[i].size(0),
                        tensors[i].const_data_ptr<Real>(),
                        tensors[i + 1].const_data_ptr<Real>(),
                        /*has_offset_rows=*/tensors[i + 1].dim() > 1,
                        nullptr,
                        nullptr});
    rows.map = recipe.map;
    rows.activation = recipe.activation;
    rows.is_inverse = recipe.is_inverse;
    rows.size = x.size(-1);
    rows.num_rows = x.numel() / rows.size;
    rows.num_inputs = static_cast<std::int64_t>(recipe.inputs.size());
    rows.num_changed = static_cast<std::int64_t>(recipe.changed.size());
    rows.inputs = recipe.inputs.data();
    rows.changed = recipe.changed.data();
    rows.num_layers = static_cast<std::int64_t>(layers.size());
    rows.layers = layers.data();
    rows.x = x.const_data_ptr<Real>();
  }

  std::vector<kernels::ConditionerLayer<Real>> layers;
  kernels::ConditionalRows<Real> rows{};
};

struct PassResult {
  Tensor y, log_det, tape;
};

/// @param x, tensors contiguous
template <class Real>
PassResult run_pass_forward(const PassRecipe& recipe,
                            const Tensor& x,
                            const std::vector<Tensor>& tensors,
                            bool needs_tape) {
  PassJob<Real> job(recipe, x, tensors);
  PassResult out{at::empty_like(x), at::empty(x.sizes().slice(0, x.dim() - 1), x.options()), {}};
  if (needs_tape) {
    out.tape = at::empty({kernels::conditional_tape_size(job.rows)}, x.options());
    job.rows.tape = out.tape.mutable_data_ptr<Real>();
  }
  job.rows.y = out.y.mutable_data_ptr<Real>();
  job.rows.log_det = out.log_det.mutable_data_ptr<Real>();
  kernels::conditional_forward(job.rows);
  return out;
}

/// @param wanted  of x, then of the tensors: whose gradient is asked for
/// @param grads   with respect to y and log_det, contiguous or undefined
template <class Real>
variable_list run_pass_backward(const PassRecipe& recipe,
                                const std::vector<Tensor>& variables,
                                const Tensor& tape,
                                const variable_list& grads,
                                const std::vector<bool>& wanted) {
  const std::vector<Tensor> tensors(variables.begin() + 1, variables.end());
  PassJob<Real> job(recipe, variables[0], tensors);
  variable_list out(variables.size());
  const auto result = [&](std::size_t i) -> Real* {
    if (!wanted[i]) return nullptr;
    out[i] = at::empty_like(variables[i]);
    return out[i].template mutable_data_ptr<Real>();
  };
  job.rows.grad_x = result(0);
  for (std::size_t i = 0; i < job.layers.size(); ++i) {
    job.layers[i].weight_gradient = result(2 * i + 1);
    job.layers[i].offset_gradient = result(2 * i + 2);
  }
  job.rows.tape = tape.mutable_data_ptr<Real>();
  if (grads[0].defined()) job.rows.grad_y = grads[0].const_data_ptr<Real>();
  if (grads[1].defined()) job.rows.grad_log_det = grads[1].const_data_ptr<Real>();
  kernels::conditional_backward(job.rows);
  return out;
}

/// The operation's place in the graph: its inputs are x and the conditioner's tensors.
struct ConditionalPassBackward : torch::autograd::Node {
  std::string name() const override { return "ConditionalPassBackward"; }
  variable_list apply(variable_list&& grads) override;
  void release_variables() override {
    saved.clear();
    tape = Tensor();
  }
  variable_list through_operators(const std::vector<Tensor>& variables,
                                  const variable_list& grads,
                                  const std::vector<bool>& wanted) const;

  std::vector<torch::autograd::SavedVariable> saved;
  Tensor tape;
  PassRecipe recipe;
  Conditioner conditioner;  ///< without its tensors
  ConditionalPass::ByOperators by_operators;
};

variable_list ConditionalPassBackward::apply(variable_list&& grads) {
  TORCH_CHECK(!saved.empty(),
              "conditional pass: the graph was freed by an earlier backward pass; retain it to go "
              "through it again");
  std::vector<Tensor> variables;
  std::vector<bool> wanted;
  for (std::size_t i = 0; i < saved.size(); ++i) {
    variables.push_back(saved[i].unpack());
    wanted.push_back(task_should_compute_output(i));
  }
  if (!grads[0].defined() && !grads[1].defined()) return variable_list(variables.size());
  if (at::GradMode::is_enabled()) return through_operators(variables, grads, wanted);
  for (Tensor& variable : variables) variable = variable.contiguous();
  for (Tensor& grad : grads)
    if (grad.defined()) grad = grad.contiguous();
  return variables[0].scalar_type() == at::kFloat
             ? run_pass_backward<float>(recipe, variables, tape, grads, wanted)
             : run_pass_backward<double>(recipe, variables, tape, grads, wanted);
}

variable_list ConditionalPassBackward::through_operators(const std::vector<Tensor>& variables,
                                                         const variable_list& grads,
                                                         const std::vector<bool>& wanted) const {
  Conditioner known = conditioner;
  known.tensors.assign(variables.begin() + 1, variables.end());
  const auto [y, log_det] = by_operators(known, variables[0]);
  variable_list outputs, given, asked;
  if (grads[0].defined()) {
    outputs.push_back(y);
    given.push_back(grads[0]);
  }
  if (grads[1].defined() && log_det.requires_grad()) {
    outputs.push_back(log_det);
    given.push_back(grads[1]);
  }
  for (std::size_t i = 0; i < variables.size(); ++i)
    if (wanted[i]) asked.push_back(variables[i]);
  const variable_list found = torch::autograd::grad(outputs,
                                                    asked,
                                                    given,
                                                    /*retain_graph=*/true,
                                                    /*create_graph=*/true,
                                                    /*allow_unused=*/true);
  variable_list out(variables.size());
  for (std::size_t i = 0, next = 0; i < variables.size(); ++i)
    if (wanted[i]) out[i] = found[next++];
  return out;
}

bool is_plain_operand(const Tensor& tensor, at::ScalarType dtype) {
  return tensor.defined() && tensor.is_cpu() && tensor.layout() == at::kStrided &&
         tensor.scalar_type() == dtype;
}

/// Whether the conditioner's tensors are those of layers from `in` numbers to `out`.
bool fits_layers(const std::vector<Tensor>& tensors, std::int64_t in, std::int64_t out) {
  for (std::size_t i = 0; i < tensors.size(); i += 2) {
    const Tensor &weight = tensors[i], &offset = tensors[i + 1];
    if (weight.dim() != 2 || weight.size(1) != in || offset.dim() < 1 ||
        offset.size(-1) != weight.size(0) || (i > 0 && offset.dim() != 1))
      return false;
    in = weight.size(0);
  }
  return in == out;
}

/// Whether `offset` [..., H] has a number for each row of x, or the same for several.
bool broadcasts_to_rows(const Tensor& offset, const Tensor& x) {
  if (offset.dim() > x.dim()) return false;
  for (std::int64_t i = 2; i <= offset.dim(); ++i)
    if (offset.size(-i) != 1 && offset.size(-i) != x.size(-i)) return false;
  return true;
}

bool can_be_fused(const ConditionalPass& pass, const Tensor& x) {
  const std::vector<Tensor>& tensors = pass.conditioner.tensors;
  if (!pass.bijector.map || !pass.conditioner.activation || tensors.size() < 2) return false;
  const at::ScalarType dtype = x.scalar_type();
  if (x.dim() < 1 || !takes_own_loops(x) || !is_plain_operand(x, dtype)) return false;
  for (const Tensor& tensor : tensors)
    if (!is_plain_operand(tensor, dtype)) return false;
  const auto num_changed = static_cast<std::int64_t>(pass.changed.size());
  const std::int64_t last = *std::max_element(pass.changed.begin(), pass.changed.end());
  return last < x.size(-1) &&
         fits_layers(tensors,
                     static_cast<std::int64_t>(pass.inputs.size()),
                     num_changed * pass.bijector.num_parameters) &&
         broadcasts_to_rows(tensors[1], x);
}

PassResult run_pass(const PassRecipe& recipe,
                    const Tensor& x,
                    const std::vector<Tensor>& tensors,
                    bool needs_tape) {
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  std::vector<Tensor> plain;
  for (const Tensor& tensor : tensors) plain.push_back(tensor.contiguous());
  return x.scalar_type() == at::kFloat
             ? run_pass_forward<float>(recipe, x.contiguous(), plain, needs_tape)
             : run_pass_forward<double>(recipe, x.contiguous(), plain, needs_tape);
}

}  // namespace

std::optional<std::pair<Tensor, Tensor>> fused(const ConditionalPass& pass, const Tensor& x) {
  if (!can_be_fused(pass, x)) return std::nullopt;
  variable_list variables = {x};
  variables.insert(
      variables.end(), pass.conditioner.tensors.begin(), pass.conditioner.tensors.end());
  if (Tensor& offset = variables[2]; offset.dim() > 1) {
    std::vector<std::int64_t> shape(x.sizes().begin(), x.sizes().end());
    shape.back() = offset.size(-1);
    offset = offset.expand(shape);
  }
  PassRecipe recipe{pass.inputs.vec(),
                    pass.changed.vec(),
                    *pass.bijector.map,
                    *pass.conditioner.activation,
                    pass.is_inverse};
  const bool has_node = any_needs_graph(variables);
  const std::vector<Tensor> tensors(variables.begin() + 1, variables.end());
  PassResult result = run_pass(recipe, x, tensors, has_node);
  if (has_node) {
    const auto node = make_graph_node<ConditionalPassBackward>();
    node->set_next_edges(torch::autograd::collect_next_edges(variables));
    for (const Tensor& variable : variables)
      node->saved.emplace_back(variable, /*is_output=*/false);
    node->tape = std::move(result.tape);
    node->recipe = std::move(recipe);
    node->conditioner.function = pass.conditioner.function;
    node->by_operators = pass.by_operators;
    variable_list outputs = {result.y, result.log_det};
    torch::autograd::set_history(outputs, node);
  }
  return std::make_pair(result.y, result.log_det);
}

}  // namespace elbow
