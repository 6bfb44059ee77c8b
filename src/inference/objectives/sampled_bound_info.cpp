#include "sampled_bound_info.h"

namespace elbow {

ObjectiveTraits sampled_bound_traits(const std::vector<std::string>& more) {
  ObjectiveTraits out;
  out.unbiased = {"pathwise", "doubly_reparameterised", "score_function", "vimco"};
  out.estimators = out.unbiased;
  out.estimators.push_back("sticking_the_landing");
  out.estimators.insert(out.estimators.end(), more.begin(), more.end());
  out.of_weights = true;
  out.needs_local_weights = true;
  out.is_lower_bound = Guarantee::always();
  return out;
}

ObjectiveTraits coefficient_traits() {
  ObjectiveTraits out;
  out.estimators = {"score_function", "doubly_reparameterised"};
  out.of_weights = true;
  out.needs_local_weights = true;
  out.is_lower_bound = Guarantee::always();
  out.has_two_losses = true;
  out.takes_no_baseline = true;
  return out;
}

}  // namespace elbow
