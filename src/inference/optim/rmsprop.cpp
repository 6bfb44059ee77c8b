#include <ATen/ops/sqrt.h>

#include <memory>

#include "elbow/foundations/core/config_node.h"
#include "masked_optimizer.h"
#include "rows.h"

namespace elbow {
namespace {

/// Gradient over the root of its running mean square: direction g / (sqrt(v) + eps), v <- alpha v +
/// (1 - alpha) g^2.
///
/// Tieleman, Hinton, "Neural Networks for Machine Learning", 2012, lecture 6.5; centred variant:
/// Graves, "Generating Sequences With Recurrent Neural Networks", 2013, arXiv:1308.0850, equations
/// 38-45 (there eps stands under the root).
class RmsProp : public MaskedOptimizer {
 public:
  RmsProp(const ConfigNode& node, const Tensor& values)
      : MaskedOptimizer(values, node.number("weight_decay")),
        alpha_(node.number("alpha")),
        eps_(node.number("eps")),
        momentum_(node.number("momentum")),
        is_centered_(node.boolean("centered")) {
    add_moment("mean_square");
    if (is_centered_) add_moment("mean");
    if (momentum_ > 0) add_moment("momentum");
  }

 protected:
  Proposal propose(const Tensor& gradient, const Tensor&) const override {
    Proposal out;
    out.moments.push_back(moment(0).mul(alpha_).addcmul_(gradient, gradient, 1 - alpha_));
    Tensor variance = out.moments[0];
    if (is_centered_) {
      out.moments.push_back(moment(1).mul(alpha_).add_(gradient, 1 - alpha_));
      // Rounding takes a constant gradient's variance below zero, where the root is NaN.
      variance = variance.addcmul(out.moments[1], out.moments[1], -1).clamp_min_(0);
    }
    out.direction = gradient.div(variance.sqrt().add_(eps_));
    if (momentum_ > 0) {
      const std::size_t last = out.moments.size();
      out.direction = moment(last).mul(momentum_).add_(out.direction);
      out.moments.push_back(out.direction);
    }
    return out;
  }

 private:
  double alpha_, eps_, momentum_;
  bool is_centered_;
};

}  // namespace

OptimizerRow rmsprop_row() {
  return {ComponentInfo::of("rmsprop", "gradient over the root of its running mean square")
              .source("Tieleman, Hinton, Neural Networks for Machine Learning, 2012, lecture 6.5; "
                      "centered: "
                      "Graves, 2013, arXiv:1308.0850")
              .takes(with_common_parameters(
                  {beta_parameter("alpha", 0.99, "decay of the mean of the squared gradient"),
                   Parameter::number("eps", "added to the root of the mean square")
                       .defaults(1e-8)
                       .above(0),
                   beta_parameter("momentum", 0.0, "decay of the sum of past directions"),
                   Parameter::boolean(
                       "centered",
                       "take the gradient's running mean off: its variance instead of its square")
                       .defaults(false),
                   l2_weight_decay_parameter()})),
          [](const ConfigNode& node, const Tensor& values) -> OptimizerPtr {
            return std::make_shared<RmsProp>(node, values);
          }};
}

}  // namespace elbow
