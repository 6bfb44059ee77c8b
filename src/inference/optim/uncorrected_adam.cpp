#include "uncorrected_adam.h"

#include <ATen/ops/pow.h>
#include <ATen/ops/rsub.h>
#include <ATen/ops/sqrt.h>

namespace elbow {

UncorrectedEpsAdam::UncorrectedEpsAdam(const ConfigNode& node, const Tensor& values)
    : MaskedOptimizer(values, node.number("weight_decay")),
      beta1_(node.number("beta1")),
      beta2_(node.number("beta2")),
      eps_(node.number("eps")) {
  add_moment("first_moment");
  add_moment("second_moment", node.number("initial_second_moment"));
}

MaskedOptimizer::Proposal UncorrectedEpsAdam::propose(const Tensor& gradient,
                                                      const Tensor& steps) const {
  const Tensor first = moment(0).mul(beta1_).add_(gradient, 1 - beta1_);
  const Tensor second = moment(1).mul(beta2_).addcmul_(gradient, gradient, 1 - beta2_);
  const Tensor correction =
      at::rsub(at::pow(beta2_, steps), 1).sqrt_().div_(at::rsub(at::pow(beta1_, steps), 1));
  return {first.div(second.sqrt().add_(eps_)).mul_(correction), {first, second}};
}

}  // namespace elbow
