#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/rsub.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "buffers.h"
#include "elbow/foundations/core/error.h"
#include "rows.h"
#include "uncorrected_adam.h"

namespace elbow {
namespace {

/// Adam and AdamW by LibTorch's fused kernels on one flat tensor.
///
/// Kingma, Ba, "Adam", 2014, arXiv:1412.6980, algorithm 1; Loshchilov, Hutter, "Decoupled Weight
/// Decay Regularization", 2017, arXiv:1711.05101, algorithm 2; amsgrad: Reddi, Kale, Kumar, "On the
/// Convergence of Adam and Beyond", 2018, arXiv:1904.09237.
class Adam : public Optimizer {
 public:
  Adam(const ConfigNode& node, const Tensor& values, bool is_decoupled)
      : is_decoupled_(is_decoupled),
        beta1_(node.number("beta1")),
        beta2_(node.number("beta2")),
        eps_(node.number("eps")),
        weight_decay_(node.number("weight_decay")),
        is_amsgrad_(node.boolean("amsgrad")),
        first_(at::zeros_like(values.detach())),
        second_(at::full_like(values.detach(), node.number("initial_second_moment"))),
        steps_(at::zeros({}, values.detach().options().dtype(at::kFloat))) {
    if (is_amsgrad_) largest_second_ = at::zeros_like(first_);
  }

  void step(const Tensor& values,
            const Tensor& gradients,
            const Tensor& learning_rate,
            const Tensor& found_non_finite) override {
    const at::NoGradGuard no_grad;
    check_buffers(first_, values, gradients);
    // The kernel divides by 1 - beta^steps, so it must see a count >= 1; a skipped step it does not
    // look at.
    steps_.add_(at::rsub(found_non_finite, 1));
    const std::vector<Tensor> largest =
        is_amsgrad_ ? std::vector<Tensor>{largest_second_} : std::vector<Tensor>{};
    const auto update = [&](const auto& kernel) {
      kernel({values}, {gradients}, {first_}, {second_}, largest, {steps_});
    };
    using Tensors = at::TensorList;
    if (is_decoupled_) {
      update([&](Tensors p, Tensors g, Tensors m, Tensors v, Tensors top, Tensors steps) {
        at::_fused_adamw_(p,
                          g,
                          m,
                          v,
                          top,
                          steps,
                          learning_rate,
                          beta1_,
                          beta2_,
                          weight_decay_,
                          eps_,
                          is_amsgrad_,
                          /*maximize=*/false,
                          /*grad_scale=*/{},
                          found_non_finite);
      });
    } else {
      update([&](Tensors p, Tensors g, Tensors m, Tensors v, Tensors top, Tensors steps) {
        at::_fused_adam_(p,
                         g,
                         m,
                         v,
                         top,
                         steps,
                         learning_rate,
                         beta1_,
                         beta2_,
                         weight_decay_,
                         eps_,
                         is_amsgrad_,
                         /*maximize=*/false,
                         /*grad_scale=*/{},
                         found_non_finite);
      });
    }
  }

  std::vector<std::pair<std::string, Tensor>> state() const override {
    std::vector<std::pair<std::string, Tensor>> out{{"first_moment", first_},
                                                    {"second_moment", second_}};
    if (is_amsgrad_) out.emplace_back("largest_second_moment", largest_second_);
    out.emplace_back("steps", steps_);
    return out;
  }

 private:
  bool is_decoupled_;
  double beta1_, beta2_, eps_, weight_decay_;
  bool is_amsgrad_;
  Tensor first_, second_, largest_second_, steps_;
};

std::vector<Parameter> moment_parameters() {
  return {
      beta_parameter("beta1", 0.9, "decay of the mean of the gradient"),
      beta_parameter("beta2", 0.999, "decay of the mean of its square"),
      Parameter::number("eps", "added to the root of the second moment").defaults(1e-8).above(0),
      Parameter::number(
          "initial_second_moment",
          "second moment before the first step; the code of the IWAE paper starts at 1")
          .defaults(0.0)
          .at_least(0),
      Parameter::boolean("amsgrad", "divide by the largest second moment so far").defaults(false)};
}

std::vector<Parameter> parameters(Parameter weight_decay, std::vector<Parameter> more = {}) {
  auto own = moment_parameters();
  own.push_back(std::move(weight_decay));
  own.insert(own.end(), more.begin(), more.end());
  return with_common_parameters(own);
}

OptimizerPtr create_adam(const ConfigNode& node, const Tensor& values) {
  if (node.text("eps_place") == "after_correction")
    return std::make_shared<Adam>(node, values, /*is_decoupled=*/false);
  if (node.boolean("amsgrad"))
    node.refuse("'amsgrad' needs 'eps_place: after_correction', got 'before_correction'",
                "leave one of the two out");
  return std::make_shared<UncorrectedEpsAdam>(node, values);
}

}  // namespace

OptimizerRow adam_row() {
  return {ComponentInfo::of("adam", "adaptive moments with bias correction")
              .source("Kingma, Ba, Adam: A Method for Stochastic Optimization, 2014, "
                      "arXiv:1412.6980, algorithm 1")
              .takes(parameters(
                  l2_weight_decay_parameter(),
                  {Parameter::choice("eps_place",
                                     {"after_correction", "before_correction"},
                                     "eps joins the root of the second moment after its bias "
                                     "correction (algorithm 1), or before (end of section 2)")
                       .defaults("after_correction")})),
          create_adam};
}

OptimizerRow adamw_row() {
  return {
      ComponentInfo::of("adamw", "Adam with weight decay apart from the gradient")
          .source(
              "Loshchilov, Hutter, Decoupled Weight Decay Regularization, 2017, arXiv:1711.05101, "
              "algorithm 2")
          .takes(parameters(
              Parameter::number("weight_decay",
                                "each step takes learning_rate times this off every weight")
                  .defaults(1e-2)
                  .at_least(0))),
      [](const ConfigNode& node, const Tensor& values) -> OptimizerPtr {
        return std::make_shared<Adam>(node, values, /*is_decoupled=*/true);
      }};
}

}  // namespace elbow
