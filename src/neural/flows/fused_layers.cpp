#include "fused_layers.h"

#include <ATen/ExpandUtils.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/autograd.h>

#include <memory>
#include <tuple>

#include "elbow/probability/distributions/graph_node.h"
#include "elbow/probability/distributions/reference_operators.h"

namespace elbow {
namespace {

using kernels::StackShape;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

/// Calls `run` with a number of the tensor's type.
template <class Run>
void in_type_of(const Tensor& tensor, const Run& run) {
  if (tensor.scalar_type() == at::kFloat)
    run(float{});
  else
    run(double{});
}

/// Parameters as rows of numbers without gaps: [rows, K P].
Tensor parameter_rows(const Tensor& parameters, std::int64_t num_rows) {
  Tensor rows = parameters.dim() == 2 && parameters.size(0) == num_rows
                    ? parameters
                    : parameters.reshape({num_rows, parameters.size(-1)});
  return rows.stride(1) == 1 || rows.size(1) == 1 ? rows : rows.contiguous();
}

struct Outputs {
  Tensor y, log_det, saved;
};

Outputs run_forward(const StackShape& shape,
                    const Tensor& x,
                    const Tensor& parameters,
                    bool keeps) {
  const Tensor input = x.contiguous();
  const Tensor rows = parameter_rows(parameters, shape.is_shared ? 1 : shape.num_rows);
  Outputs out;
  out.y = at::empty(x.sizes(), x.options());
  out.log_det = at::empty(x.sizes().slice(0, static_cast<std::size_t>(x.dim() - 1)), x.options());
  in_type_of(x, [&](auto zero) {
    using Real = decltype(zero);
    out.saved = at::empty({kernels::stack_saved_size<Real>(shape, keeps)}, x.options());
    kernels::run_stack(kernels::StackForward<Real>{shape,
                                                   rows.const_data_ptr<Real>(),
                                                   rows.stride(0),
                                                   input.const_data_ptr<Real>(),
                                                   out.y.mutable_data_ptr<Real>(),
                                                   out.log_det.mutable_data_ptr<Real>(),
                                                   out.saved.mutable_data_ptr<Real>(),
                                                   keeps});
  });
  return out;
}

class FusedLayersBackward : public torch::autograd::Node {
 public:
  FusedLayersBackward(const StackShape& shape, LayersRoad road)
      : shape_(shape), road_(std::move(road)) {}
  std::string name() const override { return "FusedLayersBackward"; }

  void save(const Tensor& x, const Tensor& parameters, const Outputs& outputs) {
    x_ = SavedVariable(x, /*is_output=*/false);
    parameters_ = SavedVariable(parameters, /*is_output=*/false);
    y_ = SavedVariable(outputs.y, /*is_output=*/true);
    saved_ = outputs.saved;
  }

  variable_list apply(variable_list&& grads) override {
    if (!grads[0].defined() && !grads[1].defined()) return variable_list(2);
    return at::GradMode::is_enabled() ? by_road(grads) : by_kernel(grads);
  }

  void release_variables() override {
    x_.reset_data();
    parameters_.reset_data();
    y_.reset_data();
    saved_.reset();
  }

 private:
  variable_list by_kernel(const variable_list& grads) {
    const Tensor y = y_.unpack(shared_from_this()), parameters = parameters_.unpack();
    still_saved(saved_);
    const Tensor rows = parameter_rows(parameters, shape_.is_shared ? 1 : shape_.num_rows);
    const Tensor of_y = grads[0].defined() ? grads[0].contiguous() : Tensor();
    const Tensor of_log_det = grads[1].defined() ? grads[1].contiguous() : Tensor();
    Tensor of_x = at::empty(y.sizes(), y.options());
    Tensor of_parameters = at::empty(parameters.sizes(), parameters.options());
    in_type_of(y, [&](auto zero) {
      using Real = decltype(zero);
      const auto data = [](const Tensor& tensor) -> const Real* {
        return tensor.defined() ? tensor.const_data_ptr<Real>() : nullptr;
      };
      kernels::run_stack(kernels::StackBackward<Real>{shape_,
                                                      data(rows),
                                                      rows.stride(0),
                                                      data(y),
                                                      data(saved_),
                                                      data(of_y),
                                                      data(of_log_det),
                                                      of_x.mutable_data_ptr<Real>(),
                                                      of_parameters.mutable_data_ptr<Real>()});
    });
    return {of_x, of_parameters};
  }

  /// Through a graph of its own, whose derivatives autograd knows.
  variable_list by_road(const variable_list& grads) {
    const Tensor x = x_.unpack(), parameters = parameters_.unpack();
    // Aliases: neither is a function of the other.
    const Tensor x_alias = x.view_as(x), parameters_alias = parameters.view_as(parameters);
    const auto [y, log_det] = road_(x_alias, parameters_alias);
    variable_list inputs, outputs, of_outputs, out(2);
    for (const Tensor& input : {x_alias, parameters_alias})
      if (input.requires_grad()) inputs.push_back(input);
    // A reflection's log-determinant is no function of anything.
    for (const auto& [output, gradient] : {std::tie(y, grads[0]), std::tie(log_det, grads[1])})
      if (output.requires_grad() && gradient.defined()) {
        outputs.push_back(output);
        of_outputs.push_back(gradient);
      }
    if (outputs.empty()) return out;
    const auto derivatives = torch::autograd::grad(outputs,
                                                   inputs,
                                                   of_outputs,
                                                   /*retain_graph=*/true,
                                                   /*create_graph=*/true,
                                                   /*allow_unused=*/true);
    std::size_t next = 0;
    if (x_alias.requires_grad()) out[0] = derivatives[next++];
    if (parameters_alias.requires_grad()) out[1] = derivatives[next];
    return out;
  }

  StackShape shape_;
  LayersRoad road_;
  SavedVariable x_, parameters_, y_;
  Tensor saved_;
};

/// How parameters meet x: shared by all its rows, or a row of them for each of its last batch
/// dimensions. False where only an expansion of both would do.
bool fit(const Tensor& x, const Tensor& parameters, StackShape& shape) {
  const std::int64_t num_rows = x.numel() / x.size(-1);
  at::IntArrayRef batch =
      parameters.sizes().slice(0, static_cast<std::size_t>(parameters.dim() - 1));
  while (!batch.empty() && batch.front() == 1) batch = batch.slice(1);
  shape.num_particles = 1;
  shape.num_rows = num_rows;
  shape.is_shared = batch.empty();
  if (shape.is_shared) return parameters.dim() <= x.dim();
  const std::size_t x_dims = static_cast<std::size_t>(x.dim() - 1);
  if (batch.size() > x_dims || x.sizes().slice(x_dims - batch.size(), batch.size()) != batch)
    return false;
  shape.num_rows = c10::multiply_integers(batch);
  shape.num_particles = num_rows / shape.num_rows;
  return parameters.dim() <= x.dim();
}

}  // namespace

bool can_fuse(const Tensor& x, const Tensor& parameters) {
  return takes_own_loops(x) && takes_own_loops(parameters) && x.layout() == at::kStrided &&
         parameters.layout() == at::kStrided && x.scalar_type() == parameters.scalar_type() &&
         x.dim() >= 1 && x.numel() > 0 && parameters.numel() > 0;
}

std::pair<Tensor, Tensor> fused_layers(const kernels::StackShape& layers,
                                       const Tensor& x,
                                       const Tensor& parameters,
                                       const LayersRoad& road) {
  StackShape shape = layers;
  shape.size = x.size(-1);
  if (!fit(x, parameters, shape)) {
    const auto batch_of = [](const Tensor& tensor) {
      return tensor.sizes().slice(0, static_cast<std::size_t>(tensor.dim() - 1));
    };
    std::vector<std::int64_t> full = at::infer_size(batch_of(x), batch_of(parameters));
    full.push_back(x.size(-1));
    const Tensor wide_x = x.expand(full);
    full.back() = parameters.size(-1);
    return fused_layers(layers, wide_x, parameters.expand(full), road);
  }
  const bool needs_grad = needs_graph(x, parameters);
  Outputs outputs;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    outputs = run_forward(shape, x, parameters, needs_grad);
  }
  if (needs_grad) {
    const auto node = make_graph_node<FusedLayersBackward>(shape, road);
    node->set_next_edges(torch::autograd::collect_next_edges(x, parameters));
    torch::autograd::set_history(outputs.y, node);
    torch::autograd::set_history(outputs.log_det, node);
    node->save(x, parameters, outputs);
  }
  return {outputs.y, outputs.log_det};
}

}  // namespace elbow
