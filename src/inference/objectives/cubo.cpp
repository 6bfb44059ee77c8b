#include "elbow/inference/objectives/cubo.h"

#include <ATen/TensorOperators.h>

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

Cubo::Cubo(std::int64_t num_particles, double order)
    : Objective(num_particles), order_(order), model_(PowerMean::Options{num_particles, nullptr}) {}

ComponentInfo Cubo::info() {
  ObjectiveTraits traits = coefficient_traits();
  traits.is_lower_bound = Guarantee::never();
  return ComponentInfo::of(
             "cubo",
             "Chi upper bound, lowered by the guide while the model maximises iwae; a bound only "
             "as K grows without end")
      .source(
          "Dieng et al., Variational inference via chi upper bound minimization, 2017, "
          "arXiv:1611.00328, equation 5")
      .takes({particles_parameter(10, "draws per example"),
              Parameter::number("order", "n of the chi^n divergence").defaults(2.0).above(1)})
      .with(traits);
}

ObjectivePtr Cubo::create(const ConfigNode& node) {
  return std::make_shared<Cubo>(node.integer("num_particles"), node.number("order"));
}

Tensor Cubo::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  return log_power_mean(log_weights, log_masses, order_);
}

WeightDerivatives Cubo::coefficients(const Tensor& log_weights) const {
  const WeightDerivatives shares = power_mean_derivatives(log_weights, order_);
  const double scale = (order_ - 1) / order_;
  return {shares.first * scale, shares.second * scale};
}

}  // namespace elbow
