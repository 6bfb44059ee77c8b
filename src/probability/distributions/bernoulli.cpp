#include "elbow/probability/distributions/bernoulli.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/sigmoid.h>

#include "bernoulli_kernel.h"
#include "elbow/probability/distributions/graph_node.h"
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

/// rows *= factors, in place. @param rows [..., C] in rows of C numbers @param factors one a row
void scale_rows(const Tensor& rows, const Tensor& factors) {
  const std::int64_t count = factors.numel(), cols = rows.numel() / count;
  float* const values = rows.mutable_data_ptr<float>();
  const float* const by = factors.const_data_ptr<float>();
  at::parallel_for(0, count, 1 + 16384 / cols, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      float* const row = values + r * cols;
      const float factor = by[r];
#pragma omp simd
      for (std::int64_t i = 0; i < cols; ++i) row[i] *= factor;
    }
  });
}

class BernoulliBackward : public torch::autograd::Node {
 public:
  BernoulliBackward(const Tensor& logits, const Tensor& value, Tensor slope, std::int64_t num_dims)
      : logits_(logits, /*is_output=*/false),
        value_(value, /*is_output=*/false),
        slope_(std::move(slope)),
        num_dims_(num_dims) {
    set_next_edges(torch::autograd::collect_next_edges(logits));
  }
  std::string name() const override { return "BernoulliBackward"; }
  void will_release_variables() override { is_last_ = true; }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& grads) override {
    if (!grads[0].defined()) return {Tensor()};
    Tensor slope = still_saved(slope_);
    if (!at::GradMode::is_enabled() && is_last_) {
      // Nobody reads the slope again: its memory becomes the gradient.
      const at::AutoDispatchBelowADInplaceOrView below;
      scale_rows(slope, grads[0].contiguous());
      slope_.reset();
      return {slope};
    }
    // With a graph of the gradient wanted, the stored numbers would hide the second derivative.
    if (at::GradMode::is_enabled()) slope = value_.unpack() - at::sigmoid(logits_.unpack());
    Tensor weight = grads[0];
    for (std::int64_t i = 0; i < num_dims_; ++i) weight = weight.unsqueeze(-1);
    return {weight * slope};
  }

  void release_variables() override {
    logits_.reset_data();
    value_.reset_data();
    slope_.reset();
  }

 private:
  torch::autograd::SavedVariable logits_, value_;
  Tensor slope_;
  std::int64_t num_dims_;
  bool is_last_ = false;
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
  if (!needs_graph(logits_)) return run_kernel(logits_, value, num_dims, /*gradient=*/nullptr);
  Tensor slope, out;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    out = run_kernel(logits_, value, num_dims, &slope);
  }
  torch::autograd::set_history(
      out, make_graph_node<BernoulliBackward>(logits_, value, std::move(slope), num_dims));
  return out;
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
