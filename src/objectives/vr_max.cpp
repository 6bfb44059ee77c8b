#include "elbow/objectives/vr_max.h"

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

ComponentInfo VrMax::info() {
  ComponentInfo info;
  info.name = "vr_max";
  info.summary = "The largest of K log-weights: renyi as alpha goes to minus infinity, no bound";
  info.paper =
      "Li, Turner, Renyi divergence variational inference, 2016, arXiv:1602.02311, section 4.2";
  info.parameters = {particles_parameter(5, "draws per example, of which one has a gradient")};
  info.properties = sampled_bound_properties();
  // The maximum has no second derivative.
  info.properties["estimators"] = {"pathwise", "score_function", "vimco", "sticking_the_landing"};
  info.properties["unbiased"] = {"pathwise", "score_function", "vimco"};
  info.properties["refuses_strata"] = true;
  info.properties["is_lower_bound"] = false;
  return info;
}

ObjectivePtr VrMax::create(const ConfigNode& node) {
  return std::make_shared<VrMax>(node.integer("num_particles"));
}

Tensor VrMax::reduce(const Tensor& log_weights, const Tensor&) const {
  return std::get<0>(log_weights.max(/*dim=*/0));
}

Tensor VrMax::select(const Tensor& log_weights) const { return log_weights.argmax(/*dim=*/0); }

}  // namespace elbow
