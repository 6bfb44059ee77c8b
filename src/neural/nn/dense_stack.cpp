#include "dense_stack.h"

#include <ATen/ops/alias.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/selu.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "elbow/neural/nn/gradient_sink.h"
#include "elbow/neural/nn/matrix_product.h"
#include "elbow/probability/distributions/graph_node.h"
#include "elbow/probability/distributions/reference_operators.h"

namespace elbow {
namespace {

using at::Tensor;
using kernels::Nonlinearity;
using torch::autograd::variable_list;

template <class Real>
void activate(Nonlinearity kind, const Tensor& bias, const Tensor& values) {
  kernels::run_dense(kernels::DenseForward<Real>{kind,
                                                 values.size(0),
                                                 values.size(1),
                                                 bias.const_data_ptr<Real>(),
                                                 values.mutable_data_ptr<Real>()});
}

template <class Real>
void deactivate(Nonlinearity kind,
                const Tensor& output,
                const Tensor& gradient,
                const Tensor& bias_gradient) {
  const bool is_linear = kind == Nonlinearity::identity;
  kernels::run_dense(kernels::DenseBackward<Real>{
      kind,
      gradient.size(0),
      gradient.size(1),
      is_linear ? nullptr : output.const_data_ptr<Real>(),
      gradient.const_data_ptr<Real>(),
      is_linear ? nullptr : gradient.mutable_data_ptr<Real>(),
      bias_gradient.defined() ? bias_gradient.mutable_data_ptr<Real>() : nullptr});
}

Tensor one_dense_layer(const Tensor& input, const DenseLayer& layer) {
  if (layer.nonlinearity == Nonlinearity::identity)
    return matrix_product(input, layer.weight.t(), layer.bias);
  Tensor out = matrix_product(input, layer.weight.t());
  out.scalar_type() == at::kFloat ? activate<float>(layer.nonlinearity, layer.bias, out)
                                  : activate<double>(layer.nonlinearity, layer.bias, out);
  return out;
}

Tensor plain_nonlinearity(Nonlinearity kind, const Tensor& x) {
  switch (kind) {
    case Nonlinearity::relu:
      return x.relu();
    case Nonlinearity::leaky_relu:
      return at::leaky_relu(x);
    case Nonlinearity::elu:
      return at::elu(x);
    case Nonlinearity::selu:
      return at::selu(x);
    case Nonlinearity::tanh:
      return x.tanh();
    case Nonlinearity::sigmoid:
      return x.sigmoid();
    case Nonlinearity::softplus:
      return at::softplus(x);
    case Nonlinearity::identity:
      break;
  }
  return x;
}

/// Gradients that have a graph themselves: of the layers by LibTorch's operators.
variable_list differentiable_gradients(const variable_list& inputs,
                                       const std::vector<Nonlinearity>& kinds,
                                       const Tensor& gradient) {
  Tensor out = inputs[0];
  for (std::size_t i = 0; i < kinds.size(); ++i)
    out = plain_nonlinearity(kinds[i], at::linear(out, inputs[1 + 2 * i], inputs[2 + 2 * i]));
  variable_list wanted, gradients(inputs.size());
  for (const Tensor& input : inputs)
    if (input.requires_grad()) wanted.push_back(input);
  const variable_list found = torch::autograd::grad({out},
                                                    wanted,
                                                    {gradient},
                                                    /*retain_graph=*/true,
                                                    /*create_graph=*/true,
                                                    /*allow_unused=*/true);
  for (std::size_t i = 0, next = 0; i < inputs.size(); ++i)
    if (inputs[i].requires_grad()) gradients[i] = found[next++];
  return gradients;
}

/// What the backward pass goes through, from the last layer to the first. Arguments of the function
/// are the input, then weight and bias of each layer.
struct DenseBackwardPass {
  const variable_list& inputs;
  const std::vector<Nonlinearity>& kinds;
  const variable_list&
      hidden;  ///< what each layer gave, of the last one only before a nonlinearity
  const std::vector<bool>& wanted;  ///< whether somebody asks for the gradient of an argument
  bool accumulates;                 ///< straight into the parameters' grad()

  bool is_any_wanted_before(std::size_t end) const {
    const auto last = wanted.begin() + static_cast<std::ptrdiff_t>(end);
    return std::find(wanted.begin(), last, true) != last;
  }

  /// A parameter's grad() where its gradient is added to that at once; undefined where autograd
  /// gets it.
  Tensor sink_of(std::size_t i) const {
    if (!accumulates || !inputs[i].is_leaf()) return {};
    const Tensor& grad = inputs[i].grad();
    const bool fits = grad.defined() && grad.is_contiguous() && grad.is_cpu() &&
                      grad.scalar_type() == inputs[i].scalar_type();
    return fits ? grad : Tensor();
  }

  /// @return where the gradient of bias i is added up; undefined where nobody wants it
  Tensor bias_sum(std::size_t i, variable_list& out) const {
    if (!wanted[i]) return {};
    Tensor sum = sink_of(i);
    if (!sum.defined()) sum = out[i] = at::zeros_like(inputs[i]);
    return sum;
  }

  void add_weight_gradient(std::size_t i,
                           const Tensor& gradient,
                           const Tensor& input,
                           variable_list& out) const {
    if (!wanted[i]) return;
    Tensor sum = sink_of(i);
    if (sum.defined())
      add_matrix_product(sum, gradient.t(), input);
    else
      out[i] = matrix_product(gradient.t(), input);
  }

  /// @param gradient in the output, this pass's own if `is_own`
  variable_list run(Tensor gradient, bool is_own) const {
    variable_list out(inputs.size());
    for (std::size_t i = kinds.size(); i-- > 0;) {
      const std::size_t weight = 1 + 2 * i, bias = weight + 1;
      const bool has_nonlinearity = kinds[i] != Nonlinearity::identity;
      if (has_nonlinearity && !is_own) gradient = gradient.clone();
      const Tensor sum = bias_sum(bias, out);
      if (has_nonlinearity || sum.defined()) {
        const Tensor output = has_nonlinearity ? hidden[i] : Tensor();
        gradient.scalar_type() == at::kFloat ? deactivate<float>(kinds[i], output, gradient, sum)
                                             : deactivate<double>(kinds[i], output, gradient, sum);
      }
      add_weight_gradient(weight, gradient, i == 0 ? inputs[0] : hidden[i - 1], out);
      if (!is_any_wanted_before(weight)) return out;
      gradient = matrix_product(gradient, inputs[weight]);
      is_own = true;
    }
    out[0] = gradient;
    return out;
  }
};

class DenseStackBackward : public torch::autograd::Node {
 public:
  DenseStackBackward(const variable_list& inputs, std::vector<Nonlinearity> kinds)
      : kinds_(std::move(kinds)), accumulates_(AccumulatesToLeaves::is_on()) {
    set_next_edges(torch::autograd::collect_next_edges(inputs));
    inputs_.reserve(inputs.size());
    for (const Tensor& input : inputs) inputs_.emplace_back(input, /*is_output=*/false);
  }
  std::string name() const override { return "DenseStackBackward"; }

  /// What each layer gave, the last one only where it has a nonlinearity.
  void keep(variable_list hidden) { hidden_ = std::move(hidden); }

  variable_list apply(variable_list&& grads) override {
    if (!grads[0].defined()) return variable_list(num_outputs());
    variable_list inputs;
    inputs.reserve(inputs_.size());
    for (const auto& input : inputs_) inputs.push_back(input.unpack());
    if (at::GradMode::is_enabled()) return differentiable_gradients(inputs, kinds_, grads[0]);
    const at::AutoDispatchBelowADInplaceOrView below;
    std::vector<bool> wanted(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) wanted[i] = task_should_compute_output(i);
    const DenseBackwardPass pass{inputs, kinds_, hidden_, wanted, accumulates_};
    return pass.run(grads[0].contiguous(), /*is_own=*/false);
  }

  void release_variables() override {
    for (auto& input : inputs_) input.reset_data();
    hidden_.clear();
  }

 private:
  std::vector<torch::autograd::SavedVariable> inputs_;
  std::vector<Nonlinearity> kinds_;
  variable_list hidden_;
  bool accumulates_;
};

}  // namespace

bool fits_dense_stack(const Tensor& input, const std::vector<DenseLayer>& layers) {
  if (!takes_own_loops(input) || input.dim() != 2) return false;
  for (const DenseLayer& layer : layers) {
    if (!layer.weight.is_cpu() || layer.weight.scalar_type() != input.scalar_type()) return false;
    if (!layer.weight.is_contiguous() || !layer.bias.is_contiguous()) return false;
  }
  return input.size(1) == layers.front().weight.size(1);
}

Tensor dense_stack(const Tensor& input, const std::vector<DenseLayer>& layers) {
  variable_list inputs{input}, hidden;
  std::vector<Nonlinearity> kinds;
  for (const DenseLayer& layer : layers) {
    inputs.push_back(layer.weight);
    inputs.push_back(layer.bias);
    kinds.push_back(layer.nonlinearity);
  }
  const bool has_node = any_needs_graph(inputs);
  Tensor out = input;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    for (const DenseLayer& layer : layers) {
      out = one_dense_layer(out, layer);
      const bool is_last = hidden.size() + 1 == layers.size();
      // A node must not own the tensor that owns it: an alias of the last layer's.
      if (has_node && !is_last)
        hidden.push_back(out);
      else if (has_node && layer.nonlinearity != Nonlinearity::identity)
        hidden.push_back(at::alias(out));
    }
  }
  if (!has_node) return out;
  const auto node = make_graph_node<DenseStackBackward>(inputs, std::move(kinds));
  node->keep(std::move(hidden));
  torch::autograd::set_history(out, node);
  return out;
}

}  // namespace elbow
