#include "elbow/objectives/power_mean.h"

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

namespace {

constexpr char kLiTurner[] =
    "Li, Turner, Renyi divergence variational inference, 2016, arXiv:1602.02311, equations 14 to "
    "16";

ComponentInfo power_mean_row(const char* name, const char* summary, const char* paper) {
  ComponentInfo info;
  info.name = name;
  info.summary = summary;
  info.paper = paper;
  return info;
}

}  // namespace

ComponentInfo PowerMean::iwae_info() {
  ComponentInfo info =
      power_mean_row("iwae",
                     "Importance-weighted bound log (1/K) sum_k w_k; one particle gives the ELBO",
                     "Burda, Grosse, Salakhutdinov, Importance Weighted Autoencoders, 2015, "
                     "arXiv:1509.00519, section 3");
  info.parameters = {particles_parameter(5, "draws per example: the bound tightens with them")};
  info.properties = sampled_bound_properties();
  return info;
}

ComponentInfo PowerMean::renyi_info() {
  ComponentInfo info = power_mean_row("renyi",
                                      "Variational Renyi bound; alpha 1 is the ELBO, 0 is iwae, "
                                      "below 0 upper as K grows without end, no bound at any K",
                                      kLiTurner);
  info.parameters = {
      particles_parameter(5, "draws per example"),
      Parameter::schedule("alpha", "Li and Turner's alpha, any number").defaults(0.5)};
  info.properties = sampled_bound_properties({"enumerate"});
  info.properties["needs_local_weights"] = false;
  info.properties["is_lower_bound"] = "where alpha >= 0";
  return info;
}

ComponentInfo PowerMean::power_mean_info() {
  ComponentInfo info = power_mean_row(
      "power_mean",
      "(1/a) log mean w^a, the Renyi bound by a = 1 - alpha: order 0 is the ELBO, 1 is iwae",
      kLiTurner);
  info.parameters = {particles_parameter(5, "draws per example"),
                     Parameter::schedule("order", "a, any number").defaults(0.5)};
  info.properties = sampled_bound_properties({"enumerate"});
  info.properties["needs_local_weights"] = false;
  info.properties["is_lower_bound"] = "where order <= 1";
  return info;
}

ComponentInfo PowerMean::bb_alpha_info() {
  ComponentInfo info = power_mean_row(
      "bb_alpha",
      "Black-box alpha energy: power mean of order alpha of each example's tilted weight",
      "Hernandez-Lobato et al., Black-box alpha divergence minimization, 2016, arXiv:1511.03243, "
      "equation 10");
  info.parameters = {
      particles_parameter(10, "draws, of latents that all examples share or of each example's"),
      Parameter::schedule("alpha", "0: variational Bayes, 1: like expectation propagation")
          .defaults(0.5)};
  info.properties = sampled_bound_properties();
  info.properties["needs_local_weights"] = false;
  info.properties["is_lower_bound"] = "of local latents";
  return info;
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
