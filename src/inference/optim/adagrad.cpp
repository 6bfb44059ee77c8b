#include <ATen/ops/sqrt.h>

#include <memory>

#include "elbow/foundations/core/config_node.h"
#include "masked_optimizer.h"
#include "rows.h"

namespace elbow {
namespace {

/// Gradient over the root of the sum of its squares: direction g / (sqrt(v) + eps), v <- v + g^2.
///
/// Duchi, Hazan, Singer, "Adaptive subgradient methods for online learning and stochastic
/// optimization", JMLR 12, 2011, section 1.2, with diagonal matrices.
class AdaGrad : public MaskedOptimizer {
 public:
  AdaGrad(const ConfigNode& node, const Tensor& values)
      : MaskedOptimizer(values, node.number("weight_decay")), eps_(node.number("eps")) {
    add_moment("sum_of_squares", node.number("start"));
  }

 protected:
  Proposal propose(const Tensor& gradient, const Tensor&) const override {
    Proposal out;
    out.moments.push_back(moment(0).addcmul(gradient, gradient));
    out.direction = gradient.div(out.moments[0].sqrt().add_(eps_));
    return out;
  }

 private:
  double eps_;
};

}  // namespace

OptimizerRow adagrad_row() {
  return {
      ComponentInfo::of("adagrad", "gradient over the root of the sum of its squares")
          .source("Duchi, Hazan, Singer, Adaptive subgradient methods for online learning and "
                  "stochastic optimization, JMLR 12, 2011, section 1.2")
          .takes(with_common_parameters(
              {Parameter::number("start", "what the sum of squares begins at")
                   .defaults(0.0)
                   .at_least(0),
               Parameter::number("eps", "added to the root of the sum").defaults(1e-10).above(0),
               l2_weight_decay_parameter()})),
      [](const ConfigNode& node, const Tensor& values) -> OptimizerPtr {
        return std::make_shared<AdaGrad>(node, values);
      }};
}

}  // namespace elbow
