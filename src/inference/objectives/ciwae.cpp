#include "elbow/inference/objectives/ciwae.h"

#include <ATen/TensorOperators.h>

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

ComponentInfo Ciwae::info() {
  return ComponentInfo::of("ciwae", "beta ELBO + (1 - beta) iwae of the same particles")
      .source(
          "Rainforth et al., Tighter variational bounds are not necessarily better, 2018, "
          "arXiv:1802.04537, section 6")
      .takes(
          {particles_parameter(5, "draws per example"),
           Parameter::schedule("beta", "share of the ELBO").defaults(0.5).at_least(0).at_most(1)})
      .with(sampled_bound_traits());
}

ObjectivePtr Ciwae::create(const ConfigNode& node) {
  return std::make_shared<Ciwae>(node.integer("num_particles"),
                                 schedule_factory().create(node.child("beta")));
}

void Ciwae::advance(const Clock& clock) {
  if (!schedule_) return;
  beta_.set(schedule_->value(clock));
  rest_.set(1 - beta_.value());
}

Tensor Ciwae::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  // The two may cancel.
  const Tensor exact = log_weights.to(at::kDouble);
  const Tensor out = mean_log(exact, log_masses) * beta_ +
                     log_power_mean(exact, log_masses, /*order=*/1.0) * rest_;
  return out.to(log_weights.scalar_type());
}

std::optional<WeightDerivatives> Ciwae::derivatives(const Tensor& log_weights) const {
  const WeightDerivatives iwae = power_mean_derivatives(log_weights, /*order=*/1.0);
  const Tensor share = beta_.on(log_weights.device()) / static_cast<double>(log_weights.size(0));
  return WeightDerivatives{iwae.first * rest_ + share.to(iwae.first.scalar_type()),
                           iwae.second * rest_};
}

}  // namespace elbow
