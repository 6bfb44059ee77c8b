#include "elbow/inference/objectives/wake_sleep.h"

#include <ATen/TensorOperators.h>

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

ComponentInfo WakeSleep::info() {
  return ComponentInfo::of("reweighted_wake_sleep",
                           "The model maximises iwae, the guide lowers the forward KL by weighted "
                           "draws of its own or "
                           "draws of the model")
      .source(
          "Bornschein, Bengio, Reweighted wake-sleep, 2015, arXiv:1406.2751, section 3; Le et al., "
          "2018, arXiv:1805.10469, section 3")
      .takes({particles_parameter(5, "draws per example"),
              Parameter::number("wake_phi",
                                "weight of the guide's wake phase, weighted draws of its own")
                  .defaults(1.0)
                  .at_least(0),
              Parameter::number("sleep_phi", "weight of its sleep phase, draws of the model")
                  .defaults(0.0)
                  .at_least(0)})
      .with(coefficient_traits());
}

ObjectivePtr WakeSleep::create(const ConfigNode& node) {
  Options options;
  options.num_particles = node.integer("num_particles");
  options.wake_phi = node.number("wake_phi");
  options.sleep_phi = node.number("sleep_phi");
  if (options.wake_phi == 0.0 && options.sleep_phi == 0.0)
    node.refuse("wake_phi and sleep_phi are both 0, so that the guide learns nothing",
                "set wake_phi: 1",
                "wake_phi");
  return std::make_shared<WakeSleep>(options);
}

Tensor WakeSleep::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  return log_power_mean(log_weights, log_masses, /*order=*/1.0);
}

WeightDerivatives WakeSleep::coefficients(const Tensor& log_weights) const {
  const WeightDerivatives shares = power_mean_derivatives(log_weights, /*order=*/1.0);
  return {shares.first * options_.wake_phi, shares.second * options_.wake_phi};
}

}  // namespace elbow
