#include "sampled_bound_info.h"

namespace elbow {

Json sampled_bound_properties(const std::vector<std::string>& more) {
  Json unbiased = {"pathwise", "doubly_reparameterised", "score_function", "vimco"};
  Json estimators = unbiased;
  estimators.push_back("sticking_the_landing");
  for (const auto& name : more) estimators.push_back(name);
  return {{"estimators", estimators},
          {"unbiased", unbiased},
          {"of_weights", true},
          {"needs_local_weights", true},
          {"is_lower_bound", true}};
}

Json coefficient_properties() {
  return {{"estimators", {"score_function", "doubly_reparameterised"}},
          {"unbiased", Json::array()},
          {"of_weights", true},
          {"needs_local_weights", true},
          {"is_lower_bound", true},
          {"has_two_losses", true},
          {"takes_no_baseline", true}};
}

}  // namespace elbow
