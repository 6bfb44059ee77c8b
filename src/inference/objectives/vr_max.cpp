#include "elbow/inference/objectives/vr_max.h"

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

ComponentInfo VrMax::info() {
  ObjectiveTraits traits = sampled_bound_traits();
  // The maximum has no second derivative.
  traits.estimators = {"pathwise", "score_function", "vimco", "sticking_the_landing"};
  traits.unbiased = {"pathwise", "score_function", "vimco"};
  traits.refuses_strata = true;
  traits.is_lower_bound = Guarantee::never();
  return ComponentInfo::of(
             "vr_max",
             "The largest of K log-weights: renyi as alpha goes to minus infinity, no bound")
      .source(
          "Li, Turner, Renyi divergence variational inference, 2016, arXiv:1602.02311, section 4.2")
      .takes({particles_parameter(5, "draws per example, of which one has a gradient")})
      .with(traits);
}

ObjectivePtr VrMax::create(const ConfigNode& node) {
  return std::make_shared<VrMax>(node.integer("num_particles"));
}

Tensor VrMax::reduce(const Tensor& log_weights, const Tensor&) const {
  return std::get<0>(log_weights.max(/*dim=*/0));
}

Tensor VrMax::select(const Tensor& log_weights) const { return log_weights.argmax(/*dim=*/0); }

}  // namespace elbow
