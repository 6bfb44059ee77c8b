#include <ATen/TensorOperators.h>

#include "elbow/objectives/objective.h"

namespace elbow {

Tensor Objective::log_weights(const Trace& model, const Trace& guide) const {
  check_compatible(model, guide);
  Tensor total;
  for (const auto& site : model.sites())
    total = total.defined() ? total + site.log_prob() : site.log_prob();
  for (const auto& site : guide.sites()) total = total - site.log_prob();
  return total;
}

}  // namespace elbow
