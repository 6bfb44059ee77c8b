#include "elbow/probability/distributions/bernoulli.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/sigmoid.h>
#include <torch/csrc/autograd/custom_function.h>

#include "bernoulli_kernel.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "positive_part.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

// Entropy of a Bernoulli variable: softplus(l) - l*sigmoid(l), written in |l| since it is even; no
// cancellation when large.
Tensor bernoulli_entropy(const Tensor& logits) {
  const Tensor magnitude = logits.abs();
  return (-magnitude).exp().log1p() + magnitude * (-magnitude).sigmoid();
}

// The kernel wants plain rows: the value's shape is the tail of the logits' shape, with whole
// events.
bool fits_kernel(const Tensor& logits, const Tensor& value, std::int64_t num_dims) {
  if (num_dims == 0 || !takes_own_loops(logits) || !value.is_cpu()) return false;
  if (logits.scalar_type() != at::kFloat || value.scalar_type() != at::kFloat) return false;
  if (!logits.is_contiguous() || !value.is_contiguous()) return false;
  if (value.requires_grad() || logits.numel() == 0) return false;
  if (value.dim() > logits.dim() || value.dim() < num_dims) return false;
  return logits.sizes().slice(logits.sizes().size() - value.sizes().size()) == value.sizes();
}

Tensor run_kernel(const Tensor& logits,
                  const Tensor& value,
                  std::int64_t num_dims,
                  Tensor* gradient) {
  std::int64_t cols = 1;
  for (const std::int64_t size : last(logits.sizes(), num_dims)) cols *= size;
  Tensor out = at::empty(without_last(logits.sizes(), num_dims), logits.options());
  if (gradient) *gradient = at::empty_like(logits);
  bernoulli_log_prob_rows({logits.const_data_ptr<float>(),
                           value.const_data_ptr<float>(),
                           logits.numel() / cols,
                           value.numel() / cols,
                           cols,
                           out.mutable_data_ptr<float>(),
                           gradient ? gradient->mutable_data_ptr<float>() : nullptr});
  return out;
}

struct FusedLogProb : torch::autograd::Function<FusedLogProb> {
  static Tensor forward(torch::autograd::AutogradContext* context,
                        const Tensor& logits,
                        const Tensor& value,
                        std::int64_t num_dims) {
    Tensor gradient;
    Tensor out = run_kernel(logits, value, num_dims, &gradient);
    context->save_for_backward({logits, value, gradient});
    context->saved_data["num_dims"] = num_dims;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const std::int64_t num_dims = context->saved_data["num_dims"].toInt();
    Tensor weight = outputs[0];
    for (std::int64_t i = 0; i < num_dims; ++i) weight = weight.unsqueeze(-1);
    // With a graph of the gradient wanted, the stored numbers would hide the second derivative.
    const Tensor slope = at::GradMode::is_enabled() ? saved[1] - at::sigmoid(saved[0]) : saved[2];
    return {weight * slope, Tensor(), Tensor()};
  }
};

}  // namespace

Bernoulli::Bernoulli(Tensor logits) : logits_(std::move(logits)) {}

Shape Bernoulli::batch_shape() const { return logits_.sizes().vec(); }

Tensor Bernoulli::log_prob(const Tensor& value) const {
  check_broadcast("Bernoulli", "value", value, "logits", logits_);
  // softplus in its two parts: the sure outcome of a large logit keeps its digits.
  return (value * logits_ - positive_part(logits_)) - (-logits_.abs()).exp().log1p();
}

Tensor Bernoulli::log_prob_summed(const Tensor& value, std::int64_t num_dims) const {
  if (!fits_kernel(logits_, value, num_dims)) return sum_last(log_prob(value), num_dims);
  if (at::GradMode::is_enabled() && logits_.requires_grad())
    return FusedLogProb::apply(logits_, value, num_dims);
  return run_kernel(logits_, value, num_dims, /*gradient=*/nullptr);
}

Tensor Bernoulli::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(false,
              "Bernoulli: draws are discrete, so they have no reparameterised form; use sample");
}

Tensor Bernoulli::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  const Tensor uniform =
      source.uniform(concatenate(sample_shape, logits_.sizes()), logits_.options());
  return uniform.lt(logits_.sigmoid()).to(logits_.scalar_type());
}

Tensor Bernoulli::mean() const { return logits_.sigmoid(); }

Tensor Bernoulli::variance() const { return logits_.sigmoid() * (-logits_).sigmoid(); }

Tensor Bernoulli::entropy() const { return bernoulli_entropy(logits_); }

DistributionPtr Bernoulli::detach() const { return std::make_shared<Bernoulli>(logits_.detach()); }

std::vector<std::pair<std::string, Tensor>> Bernoulli::parameters() const {
  return {{"logits", logits_}};
}

}  // namespace elbow
