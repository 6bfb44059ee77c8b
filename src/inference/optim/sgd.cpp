#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/error.h"
#include "masked_optimizer.h"
#include "rows.h"

namespace elbow {
namespace {

/// Gradient descent with momentum: b <- momentum b + (1 - dampening) g, the first step b <- g;
/// direction b, or g + momentum b.
///
/// Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in deep
/// learning", ICML 2013, with the learning rate outside the velocity, as is usual in libraries.
class Sgd : public MaskedOptimizer {
 public:
  Sgd(const ConfigNode& node, const Tensor& values)
      : MaskedOptimizer(values, node.number("weight_decay")),
        momentum_(node.number("momentum")),
        dampening_(node.number("dampening")),
        is_nesterov_(node.boolean("nesterov")) {
    if (is_nesterov_ && momentum_ == 0) refuse(node, "'nesterov' needs 'momentum' > 0, got 0");
    if (is_nesterov_ && dampening_ > 0)
      refuse(node, "'nesterov' needs 'dampening' 0, got " + std::to_string(dampening_));
    if (dampening_ > 0 && momentum_ == 0) refuse(node, "'dampening' needs 'momentum' > 0, got 0");
    if (momentum_ > 0) add_moment("momentum");
  }

 protected:
  Proposal propose(const Tensor& gradient, const Tensor& steps) const override {
    if (momentum_ == 0) return {gradient, {}};
    const Tensor carried = moment(0).mul(momentum_);
    // The first velocity is the whole gradient; `steps` stays on the device, so no branch.
    const Tensor velocity =
        dampening_ == 0
            ? carried.add_(gradient)
            : carried.add_(gradient.mul(steps.gt(1).to(at::kDouble).mul_(-dampening_).add_(1)));
    return {is_nesterov_ ? gradient.add(velocity, momentum_) : velocity, {velocity}};
  }

 private:
  [[noreturn]] static void refuse(const ConfigNode& node, const std::string& why) {
    node.refuse(why, "elbow describe sgd");
  }

  double momentum_, dampening_;
  bool is_nesterov_;
};

}  // namespace

OptimizerRow sgd_row() {
  return {
      ComponentInfo::of("sgd", "gradient descent, with momentum when asked for")
          .source("Sutskever, Martens, Dahl, Hinton, On the importance of initialization and "
                  "momentum in deep "
                  "learning, ICML 2013")
          .takes(with_common_parameters(
              {beta_parameter("momentum", 0.0, "decay of the sum of past gradients"),
               beta_parameter(
                   "dampening", 0.0, "1 minus this is the weight of a new gradient in that sum"),
               Parameter::boolean("nesterov", "look ahead by one step of momentum").defaults(false),
               l2_weight_decay_parameter()})),
      [](const ConfigNode& node, const Tensor& values) -> OptimizerPtr {
        return std::make_shared<Sgd>(node, values);
      }};
}

}  // namespace elbow
