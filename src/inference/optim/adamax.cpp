#include <ATen/ops/maximum.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/rsub.h>

#include <memory>

#include "elbow/foundations/core/config_node.h"
#include "masked_optimizer.h"
#include "rows.h"

namespace elbow {
namespace {

/// Adam with the infinity norm of past gradients: u <- max(b2 u, |g| + eps), direction m / ((1 -
/// b1^t) u).
///
/// Kingma, Ba, "Adam", 2014, arXiv:1412.6980, section 7.1. eps is not in the paper: it keeps 0/0
/// out where every gradient was 0.
class Adamax : public MaskedOptimizer {
 public:
  Adamax(const ConfigNode& node, const Tensor& values)
      : MaskedOptimizer(values, node.number("weight_decay")),
        beta1_(node.number("beta1")),
        beta2_(node.number("beta2")),
        eps_(node.number("eps")) {
    add_moment("first_moment");
    add_moment("infinity_norm");
  }

 protected:
  Proposal propose(const Tensor& gradient, const Tensor& steps) const override {
    const Tensor first = moment(0).mul(beta1_).add_(gradient, 1 - beta1_);
    const Tensor norm = at::maximum(moment(1).mul(beta2_), gradient.abs().add_(eps_));
    return {first.div(norm).div_(at::rsub(at::pow(beta1_, steps), 1)), {first, norm}};
  }

 private:
  double beta1_, beta2_, eps_;
};

}  // namespace

OptimizerRow adamax_row() {
  return {ComponentInfo::of("adamax", "Adam with the infinity norm of past gradients")
              .source("Kingma, Ba, Adam: A Method for Stochastic Optimization, 2014, "
                      "arXiv:1412.6980, section 7.1")
              .takes(with_common_parameters(
                  {beta_parameter("beta1", 0.9, "decay of the mean of the gradient"),
                   beta_parameter("beta2", 0.999, "decay of the largest magnitude"),
                   Parameter::number("eps", "added to the magnitude of the gradient")
                       .defaults(1e-8)
                       .above(0),
                   l2_weight_decay_parameter()})),
          [](const ConfigNode& node, const Tensor& values) -> OptimizerPtr {
            return std::make_shared<Adamax>(node, values);
          }};
}

}  // namespace elbow
