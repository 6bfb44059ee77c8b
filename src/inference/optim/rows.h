#pragma once

#include <vector>

#include "elbow/inference/optim/optimizer.h"

namespace elbow {

using OptimizerRow = Factory<OptimizerPtr, const Tensor&>::Row;

/// One row of the factory per optimizer; each stands beside the constructor that reads its
/// parameters.
OptimizerRow adam_row();
OptimizerRow adamw_row();
OptimizerRow adamax_row();
OptimizerRow adagrad_row();
OptimizerRow rmsprop_row();
OptimizerRow sgd_row();

/// The parameters of every optimizer, then those of one.
std::vector<Parameter> with_common_parameters(const std::vector<Parameter>& own);

/// weight_decay added to the gradient (an L2 penalty), not decoupled.
Parameter l2_weight_decay_parameter();

/// beta1, beta2 in [0, 1).
Parameter beta_parameter(const std::string& name, double value, const std::string& help);

}  // namespace elbow
