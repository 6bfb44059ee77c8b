#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/glu.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <stdexcept>

#include "dense_stack.h"
#include "elbow/neural/nn/dropout.h"
#include "hidden.h"
#include "linear.h"

namespace elbow {
namespace {

constexpr double kBatchMomentum = 0.1;
constexpr double kNormEpsilon =
    1e-5;  // against division by the zero variance of a constant feature

double weight_bound(Initialization scheme, const Fans& fans) {
  const double in = static_cast<double>(fans.in), out = static_cast<double>(fans.out);
  // A uniform in +-a has variance a^2 / 3.
  switch (scheme) {
    case Initialization::kaiming:
      return std::sqrt(3.0 * (fans.is_last ? 1.0 : 2.0) / in);
    case Initialization::xavier:
      return std::sqrt(6.0 / (in + out));
    case Initialization::standard:
      break;
  }
  return 1.0 / std::sqrt(in);
}

}  // namespace

std::vector<std::string> initialization_names() { return {"kaiming", "xavier", "default"}; }

Initialization initialization_by_name(const std::string& name) {
  if (name == "kaiming") return Initialization::kaiming;
  if (name == "xavier") return Initialization::xavier;
  if (name == "default") return Initialization::standard;
  throw std::logic_error("no initialization is called '" + name + "'");
}

void initialize(Initialization scheme, const Fans& fans, at::Tensor weight, at::Tensor bias) {
  const at::NoGradGuard no_grad;
  const double bound = weight_bound(scheme, fans);
  weight.uniform_(-bound, bound);
  if (!bias.defined()) return;
  if (scheme == Initialization::standard)
    bias.uniform_(-bound, bound);
  else
    bias.zero_();
}

Linear::Linear(std::int64_t in, std::int64_t out)
    : weight_(register_parameter("weight", at::empty({out, in}))),
      bias_(register_parameter("bias", at::empty({out}))) {}

Linear::Linear(std::int64_t in, std::int64_t out, Initialization scheme, bool is_last)
    : Linear(in, out) {
  initialize(scheme, {in, out, is_last}, weight_, bias_);
}

at::Tensor Linear::forward(const at::Tensor& input) const {
  return at::linear(input, weight_, bias_);
}

void Linear::set_bias(const at::Tensor& value) {
  const at::NoGradGuard no_grad;
  bias_.copy_(value.reshape(bias_.sizes()));
}

GatedLinear::GatedLinear(std::int64_t in, std::int64_t out, Initialization scheme)
    : Linear(in, 2 * out) {
  for (std::int64_t half = 0; half < 2; ++half)
    initialize(scheme,
               {in, out, /*is_last=*/true},
               weight_.detach().narrow(0, half * out, out),
               bias_.detach().narrow(0, half * out, out));
}

at::Tensor GatedLinear::forward(const at::Tensor& input) const {
  return at::glu(Linear::forward(input), /*dim=*/1);
}

Normalization::Normalization(const std::string& kind, std::int64_t num_features) : kind_(kind) {
  if (kind_ == "none") return;
  weight_ = register_parameter("weight", at::ones({num_features}));
  bias_ = register_parameter("bias", at::zeros({num_features}));
  if (kind_ == "layer") return;
  if (kind_ != "batch") throw std::logic_error("no normalization is called '" + kind_ + "'");
  running_mean_ = register_statistic("running_mean", at::zeros({num_features}));
  running_variance_ = register_statistic("running_variance", at::ones({num_features}));
}

at::Tensor Normalization::forward(const at::Tensor& input) const {
  if (kind_ == "none") return input;
  if (kind_ == "layer")
    return at::group_norm(input, /*num_groups=*/1, weight_, bias_, kNormEpsilon);
  // One value for each feature, as in a last batch of one example, has no variance: the running one
  // stands in.
  const bool has_variance = input.numel() > weight_.numel();
  return at::batch_norm(input,
                        weight_,
                        bias_,
                        running_mean_,
                        running_variance_,
                        is_training() && has_variance,
                        kBatchMomentum,
                        kNormEpsilon,
                        /*cudnn_enabled=*/true);
}

HiddenOptions::HiddenOptions(const ConfigNode& node, bool has_activation)
    : activation(has_activation ? activation_by_name(node.text("activation")) : nullptr),
      dropout(node.number("dropout")),
      normalization(node.text("normalization")),
      initialization(initialization_by_name(node.text("initialization"))) {}

std::vector<Parameter> HiddenOptions::parameters(bool has_activation) {
  std::vector<Parameter> out;
  if (has_activation)
    out.push_back(
        Parameter::choice("activation", activation_names(), "nonlinearity after each hidden layer")
            .defaults("relu"));
  out.push_back(Parameter::number("dropout", "share of hidden units dropped in training")
                    .defaults(0.0)
                    .at_least(0)
                    .below(1));
  out.push_back(Parameter::choice("normalization",
                                  {"none", "batch", "layer"},
                                  "normalisation between a hidden layer and its activation")
                    .defaults("none"));
  out.push_back(
      Parameter::choice("initialization", initialization_names(), "how the weights are drawn")
          .defaults("default"));
  return out;
}

HiddenTail::HiddenTail(const HiddenOptions& options, std::int64_t num_features)
    : activation_(options.activation),
      is_normalized_(options.normalization != "none"),
      dropout_(options.dropout),
      normalization_(register_module(
          "normalization", std::make_shared<Normalization>(options.normalization, num_features))) {}

std::optional<kernels::Nonlinearity> HiddenTail::nonlinearity() const {
  if (!activation_ || is_normalized_ || (dropout_ > 0 && is_training())) return std::nullopt;
  return nonlinearity_of(activation_);
}

at::Tensor HiddenTail::forward(const at::Tensor& input) const {
  at::Tensor out = normalization_->forward(input);
  if (activation_) out = activation_(out);
  return dropout_ > 0 && is_training() ? drop_out(out, dropout_) : out;
}

}  // namespace elbow
