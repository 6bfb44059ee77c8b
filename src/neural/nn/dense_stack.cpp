#include "dense_stack.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/selu.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "elbow/neural/nn/gradient_sink.h"
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
    return at::addmm(layer.bias, input, layer.weight.t());
  Tensor out = at::mm(input, layer.weight.t());
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
  const variable_list& hidden;  ///< what each layer but the last gave, or all
  const torch::autograd::AutogradContext& context;
  bool accumulates;  ///< straight into the parameters' grad()

  bool is_wanted(std::size_t i) const { return context.needs_input_grad(i); }

  bool is_any_wanted_before(std::size_t end) const {
    for (std::size_t i = 0; i < end; ++i)
      if (is_wanted(i)) return true;
    return false;
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
    if (!is_wanted(i)) return {};
    Tensor sum = sink_of(i);
    if (!sum.defined()) sum = out[i] = at::zeros_like(inputs[i]);
    return sum;
  }

  void add_weight_gradient(std::size_t i,
                           const Tensor& gradient,
                           const Tensor& input,
                           variable_list& out) const {
    if (!is_wanted(i)) return;
    Tensor sum = sink_of(i);
    if (sum.defined())
      at::addmm_out(sum, sum, gradient.t(), input);
    else
      out[i] = at::mm(gradient.t(), input);
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
      gradient = at::mm(gradient, inputs[weight]);
      is_own = true;
    }
    out[0] = gradient;
    return out;
  }
};

struct DenseStack : torch::autograd::Function<DenseStack> {
  static Tensor forward(torch::autograd::AutogradContext* context,
                        at::TensorList inputs,
                        const std::vector<Nonlinearity>& kinds) {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    variable_list saved = inputs.vec();
    Tensor out = inputs[0];
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      out = one_dense_layer(out, {inputs[1 + 2 * i], inputs[2 + 2 * i], kinds[i]});
      if (i + 1 < kinds.size()) saved.push_back(out);
    }
    context->save_for_backward(std::move(saved));
    std::vector<std::int64_t> words;
    for (const Nonlinearity kind : kinds) words.push_back(static_cast<std::int64_t>(kind));
    context->saved_data["kinds"] = std::move(words);
    context->saved_data["accumulates"] = AccumulatesToLeaves::is_on();
    return out;
  }

  static variable_list backward(torch::autograd::AutogradContext* context, variable_list outputs) {
    std::vector<Nonlinearity> kinds;
    for (const std::int64_t word : context->saved_data["kinds"].toIntVector())
      kinds.push_back(static_cast<Nonlinearity>(word));
    variable_list hidden = context->get_saved_variables();
    const std::size_t count = 1 + 2 * kinds.size();
    const variable_list inputs(hidden.begin(), hidden.begin() + static_cast<std::ptrdiff_t>(count));
    hidden.erase(hidden.begin(), hidden.begin() + static_cast<std::ptrdiff_t>(count));
    variable_list out;
    if (at::GradMode::is_enabled()) {
      out = differentiable_gradients(inputs, kinds, outputs[0]);
    } else {
      const at::AutoDispatchBelowADInplaceOrView below_autograd;
      const DenseBackwardPass pass{
          inputs, kinds, hidden, *context, context->saved_data["accumulates"].toBool()};
      out = pass.run(outputs[0].contiguous(), /*is_own=*/false);
    }
    out.emplace_back();  // the kinds
    return out;
  }
};

bool wants_gradient(const variable_list& inputs) {
  if (!at::GradMode::is_enabled()) return false;
  for (const Tensor& input : inputs)
    if (input.requires_grad()) return true;
  return false;
}

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
  variable_list inputs{input};
  std::vector<Nonlinearity> kinds;
  for (const DenseLayer& layer : layers) {
    inputs.push_back(layer.weight);
    inputs.push_back(layer.bias);
    kinds.push_back(layer.nonlinearity);
  }
  if (wants_gradient(inputs)) return DenseStack::apply(at::TensorList(inputs), kinds);
  Tensor out = input;
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  for (const DenseLayer& layer : layers) out = one_dense_layer(out, layer);
  return out;
}

}  // namespace elbow
