#include "elbow/inference/objectives/power_mean.h"

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

namespace {

constexpr char kLiTurner[] =
    "Li, Turner, Renyi divergence variational inference, 2016, arXiv:1602.02311, equations 14 to "
    "16";

}  // namespace

ComponentInfo PowerMean::iwae_info() {
  return ComponentInfo::of(
             "iwae", "Importance-weighted bound log (1/K) sum_k w_k; one particle gives the ELBO")
      .source(
          "Burda, Grosse, Salakhutdinov, Importance Weighted Autoencoders, 2015, "
          "arXiv:1509.00519, section 3")
      .takes({particles_parameter(5, "draws per example: the bound tightens with them")})
      .with(sampled_bound_traits());
}

ComponentInfo PowerMean::renyi_info() {
  ObjectiveTraits traits = sampled_bound_traits({"enumerate"});
  traits.needs_local_weights = false;
  traits.is_lower_bound = Guarantee::holds("where alpha >= 0");
  return ComponentInfo::of("renyi",
                           "Variational Renyi bound; alpha 1 is the ELBO, 0 is iwae, "
                           "below 0 upper as K grows without end, no bound at any K")
      .source(kLiTurner)
      .takes({particles_parameter(5, "draws per example"),
              Parameter::schedule("alpha", "Li and Turner's alpha, any number").defaults(0.5)})
      .with(traits);
}

ComponentInfo PowerMean::power_mean_info() {
  ObjectiveTraits traits = sampled_bound_traits({"enumerate"});
  traits.needs_local_weights = false;
  traits.is_lower_bound = Guarantee::holds("where order <= 1");
  return ComponentInfo::of("power_mean",
                           "(1/a) log mean w^a, the Renyi bound by a = 1 - alpha: order 0 is the "
                           "ELBO, 1 is iwae")
      .source(kLiTurner)
      .takes({particles_parameter(5, "draws per example"),
              Parameter::schedule("order", "a, any number").defaults(0.5)})
      .with(traits);
}

ComponentInfo PowerMean::bb_alpha_info() {
  ObjectiveTraits traits = sampled_bound_traits();
  traits.needs_local_weights = false;
  traits.is_lower_bound = Guarantee::holds("of local latents");
  return ComponentInfo::of(
             "bb_alpha",
             "Black-box alpha energy: power mean of order alpha of each example's tilted weight")
      .source(
          "Hernandez-Lobato et al., Black-box alpha divergence minimization, 2016, "
          "arXiv:1511.03243, equation 10")
      .takes({particles_parameter(10,
                                  "draws, of latents that all examples share or of each example's"),
              Parameter::schedule("alpha", "0: variational Bayes, 1: like expectation propagation")
                  .defaults(0.5)})
      .with(traits);
}

ObjectivePtr PowerMean::create_iwae(const ConfigNode& node) {
  return std::make_shared<PowerMean>(Options{node.integer("num_particles"), nullptr});
}

ObjectivePtr PowerMean::create_renyi(const ConfigNode& node) {
  return std::make_shared<PowerMean>(Options{node.integer("num_particles"),
                                             schedule_factory().create(node.child("alpha")),
                                             Convention::renyi,
                                             "alpha"});
}

ObjectivePtr PowerMean::create_power_mean(const ConfigNode& node) {
  return std::make_shared<PowerMean>(
      Options{node.integer("num_particles"), schedule_factory().create(node.child("order"))});
}

ObjectivePtr PowerMean::create_bb_alpha(const ConfigNode& node) {
  return std::make_shared<PowerMean>(Options{node.integer("num_particles"),
                                             schedule_factory().create(node.child("alpha")),
                                             Convention::order,
                                             "alpha"});
}

void PowerMean::advance(const Clock& clock) {
  if (!options_.value) return;
  const double value = options_.value->value(clock);
  order_ = options_.convention == Convention::renyi ? 1.0 - value : value;
}

std::vector<std::pair<std::string, double>> PowerMean::schedule_values() const {
  if (!options_.value) return {};
  return {{options_.name, options_.convention == Convention::renyi ? 1.0 - order_ : order_}};
}

Tensor PowerMean::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  return log_power_mean(log_weights, log_masses, order_);
}

std::optional<WeightDerivatives> PowerMean::derivatives(const Tensor& log_weights) const {
  return power_mean_derivatives(log_weights, order_);
}

}  // namespace elbow
