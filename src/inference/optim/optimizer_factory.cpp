#include <string>
#include <vector>

#include "elbow/inference/optim/optimizer.h"
#include "rows.h"

namespace elbow {

std::vector<Parameter> common_optimizer_parameters() {
  return {Parameter::schedule("learning_rate", "step size").defaults(1e-3).above(0),
          Parameter::number("clip_norm",
                            "the gradient is scaled down to this 2-norm when its own is larger")
              .optional()
              .above(0)};
}

std::vector<Parameter> with_common_parameters(const std::vector<Parameter>& own) {
  std::vector<Parameter> all = common_optimizer_parameters();
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

Parameter l2_weight_decay_parameter() {
  return Parameter::number("weight_decay", "this times the weights is added to the gradient")
      .defaults(0.0)
      .at_least(0);
}

Parameter beta_parameter(const std::string& name, double value, const std::string& help) {
  return Parameter::number(name, help).defaults(value).at_least(0).below(1);
}

Factory<OptimizerPtr, const Tensor&>& optimizer_factory() {
  static Factory<OptimizerPtr, const Tensor&> factory(
      "optimizer",
      {adam_row(), adamw_row(), adamax_row(), adagrad_row(), rmsprop_row(), sgd_row()});
  return factory;
}

}  // namespace elbow
