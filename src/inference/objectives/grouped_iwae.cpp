#include "elbow/inference/objectives/grouped_iwae.h"

#include <ATen/TensorOperators.h>

#include <stdexcept>

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

namespace {

constexpr char kRainforth[] =
    "Rainforth et al., Tighter variational bounds are not necessarily better, 2018, "
    "arXiv:1802.04537, section 6";

std::vector<Parameter> group_parameters() {
  return {Parameter::integer("num_groups", "M: bounds that are averaged").defaults(5).at_least(1),
          Parameter::integer("group_size", "K: particles of each").defaults(5).at_least(1)};
}

}  // namespace

ComponentInfo Miwae::info() {
  ObjectiveTraits traits = sampled_bound_traits();
  traits.refuses_strata = true;
  return ComponentInfo::of("miwae", "Mean of M importance-weighted bounds of K particles")
      .source(kRainforth)
      .takes(group_parameters())
      .with(traits);
}

ObjectivePtr Miwae::create(const ConfigNode& node) {
  return std::make_shared<Miwae>(node.integer("num_groups"), node.integer("group_size"));
}

Tensor Miwae::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  if (log_masses.defined())
    throw std::logic_error("particles drawn by strata cannot be split into groups");
  const Tensor exact = in_groups(log_weights.to(at::kDouble), num_groups_);
  const Tensor bounds = log_power_mean(exact, {}, /*order=*/1.0);
  return bounds.view({-1, log_weights.size(1)}).mean(0).to(log_weights.scalar_type());
}

std::optional<WeightDerivatives> Miwae::derivatives(const Tensor& log_weights) const {
  const Tensor grouped = in_groups(log_weights, num_groups_);
  const double groups =
      static_cast<double>(grouped.size(1)) / static_cast<double>(log_weights.size(1));
  const WeightDerivatives each = power_mean_derivatives(grouped, /*order=*/1.0);
  return WeightDerivatives{from_groups(each.first, log_weights) / groups,
                           from_groups(each.second, log_weights) / groups};
}

ComponentInfo Piwae::info() {
  ObjectiveTraits traits = sampled_bound_traits();
  traits.refuses_strata = true;
  traits.has_two_losses = true;
  return ComponentInfo::of("piwae",
                           "The model maximises iwae of all M K particles, the guide their miwae")
      .source(kRainforth)
      .takes(group_parameters())
      .with(traits);
}

ObjectivePtr Piwae::create(const ConfigNode& node) {
  return std::make_shared<Piwae>(node.integer("num_groups"), node.integer("group_size"));
}

Tensor Piwae::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  return log_power_mean(log_weights, log_masses, /*order=*/1.0);
}

std::optional<WeightDerivatives> Piwae::derivatives(const Tensor& log_weights) const {
  return power_mean_derivatives(log_weights, /*order=*/1.0);
}

}  // namespace elbow
