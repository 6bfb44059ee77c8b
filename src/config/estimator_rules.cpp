// Which estimator goes with which objective and which latents.
#include "flow_facts.h"

namespace elbow {
namespace {

/// Draws per example, as far as the objective has a key for them.
double num_particles(const Facts& facts) {
  const double groups = facts.number("objective.num_groups", 0);
  return groups > 0 ? groups * facts.number("objective.group_size", 1)
                    : facts.number("objective.num_particles", 1);
}

/// Whether `objective.kl: auto` finds the KL in closed form.
bool kl_has_closed_form(const Facts& facts) {
  if (facts.text("objective.kl") != "auto" || has_flows(facts)) return false;
  if (!facts.has_property("guide.posterior", "closed_form_kl")) return true;
  return contains(facts.info("guide.posterior")->properties.at("closed_form_kl"),
                  facts.text("model.prior.type"));
}

/// The first estimator of an objective that works for these latents.
std::string way_out(const Facts& facts, const Json& known) {
  const bool is_continuous = facts.flag("guide.posterior", "pathwise");
  for (const auto& name : known) {
    const ComponentInfo* row = facts.schema().find("estimator", name.get<std::string>());
    const std::string latents =
        row == nullptr ? "" : row->properties.value("latents", std::string());
    if (latents == "any" || (latents == "continuous") == is_continuous)
      return "set estimator={type: " + name.get<std::string>() + "}";
  }
  return "see elbow describe objective " + facts.text("objective.type");
}

}  // namespace

void estimators_fit(const Facts& facts, Violations& out) {
  const std::string estimator = facts.text("estimator.type");
  const ComponentInfo* objective = facts.info("objective");
  if (estimator.empty() || objective == nullptr) return;
  const Json known = objective->properties.value("estimators", Json::array());
  if (!known.empty() && !contains(known, estimator))
    out.push_back({"estimator.type",
                   "'" + estimator + "' does not estimate gradients of the objective '" +
                       facts.text("objective.type") + "'",
                   way_out(facts, known)});
  if (!facts.has_property("estimator", "latents") || estimator == "pathwise") return;
  const std::string model = facts.text("model.type");
  const auto refuse = [&out, &estimator](const std::string& why) {
    out.push_back(
        {"estimator.type", "'" + estimator + "' " + why, "set estimator={type: pathwise}"});
  };
  if (model == "density") refuse("is about draws of a guide, and a density has none");
  if (facts.flag("model", "has_no_guide"))
    refuse("is about draws of a guide, and the model '" + model + "' has none");
  if (facts.flag("model", "has_global_sites") && !facts.flag("estimator", "needs_rsample"))
    refuse("is for latents of single examples, but all examples of the model '" + model +
           "' share latents");
}

void estimators_know_the_latents(const Facts& facts, Violations& out) {
  const std::string latents = facts.property("estimator", "latents"),
                    kind = facts.property("guide.posterior", "latent_kind");
  const ComponentInfo* objective = facts.info("objective");
  if (latents.empty() || kind.empty() || objective == nullptr) return;
  if (facts.text("model.type") == "density") return;
  const bool is_continuous = facts.flag("guide.posterior", "pathwise");
  const bool fits = latents == "any" || (latents == "continuous" && is_continuous) ||
                    (latents == "discrete" && !is_continuous) || latents == kind;
  const Json known = objective->properties.value("estimators", Json::array());
  if (!fits)
    out.push_back({"estimator.type",
                   "'" + facts.text("estimator.type") + "' is for " + latents +
                       " latents, but the posterior '" + facts.text("guide.posterior.type") +
                       "' draws " + kind + " ones",
                   way_out(facts, known)});
}

void estimators_have_their_particles(const Facts& facts, Violations& out) {
  const bool leaves_one_out = facts.text("estimator.baseline") == "leave_one_out";
  const bool needs_two = leaves_one_out || facts.has_property("estimator", "needs_particles");
  if (needs_two && num_particles(facts) < 2)
    out.push_back({leaves_one_out ? "estimator.baseline" : "estimator.type",
                   "'" + facts.text(leaves_one_out ? "estimator.baseline" : "estimator.type") +
                       "' compares particles, but the objective '" + facts.text("objective.type") +
                       "' draws one",
                   "set objective.num_particles=2 or more, or another baseline"});
  if (facts.flag("estimator", "ignores_particles") && num_particles(facts) > 1)
    out.push_back({"objective.num_particles",
                   "the estimator '" + facts.text("estimator.type") + "' sums over all values",
                   "set objective.num_particles=1"});
  const std::string baseline = facts.text("estimator.baseline");
  if (facts.flag("objective", "takes_no_baseline") && !baseline.empty() && baseline != "none")
    out.push_back({"estimator.baseline",
                   "the objective '" + facts.text("objective.type") +
                       "' weighs grad log q by itself, and takes no baseline",
                   "set estimator.baseline=none"});
  if (baseline == "learned" && facts.text("model.type") == "target")
    out.push_back({"estimator.baseline",
                   "'learned' is a function of the data, and a target has none",
                   "set estimator.baseline=leave_one_out"});
}

void floors_have_closed_forms(const Facts& facts, Violations& out) {
  const bool judges = facts.flag("estimator", "judges_particles");
  if (!judges && !facts.flag("estimator", "from_draws")) return;
  if (judges && kl_has_closed_form(facts)) return;
  // Without its score term the gradient of a sampled KL is unbiased on average alone, not where the
  // KL happens to be above a floor.
  const std::string why =
      judges ? "' has to judge every draw's part of a KL from draws"
             : "' leaves out a term of its gradient that a floor does not average to 0";
  const auto refuse = [&](const char* key) {
    out.push_back(
        {std::string("objective.") + key,
         "acts on the KL as a whole, and the estimator '" + facts.text("estimator.type") + why,
         judges ? "set objective.kl=auto with a pair of posterior and prior whose KL has a closed "
                  "form, e.g. diag_normal and standard_normal, or estimator={type: pathwise}"
                : "set estimator={type: pathwise}"});
  };
  for (const char* key : {"free_bits", "free_bits_total"})
    if (facts.number(std::string("objective.") + key, 0) != 0) refuse(key);
  if (facts.value("objective.capacity") != nullptr) refuse("capacity");
}

void strata_have_their_bounds(const Facts& facts, Violations& out) {
  if (!facts.flag("guide.posterior", "stratified") || !facts.flag("estimator", "needs_rsample"))
    return;
  const std::string posterior = facts.text("guide.posterior.type");
  for (const char* side : {"objective", "estimator"})
    if (facts.flag(side, "refuses_strata"))
      out.push_back({std::string(side) + ".type",
                     "'" + facts.text(std::string(side) + ".type") +
                         "' takes particles that are alike, but the posterior '" + posterior +
                         "' draws one from each of its components",
                     side == std::string("objective") ? "set objective.type=iwae"
                                                      : "set estimator={type: pathwise}"});
}

void two_losses_have_two_groups(const Facts& facts, Violations& out) {
  if (!facts.flag("model.prior", "needs_posterior")) return;
  for (const char* side : {"objective", "estimator"})
    if (facts.flag(side, "has_two_losses"))
      out.push_back({std::string(side) + ".type",
                     "'" + facts.text(std::string(side) + ".type") +
                         "' gives model and guide gradients of their own, but the prior '" +
                         facts.text("model.prior.type") + "' is made of the guide's parameters",
                     "set model.prior.type=flow or mixture_normal"});
}

void shared_latents_have_their_bound(const Facts& facts, Violations& out) {
  if (!facts.flag("model", "has_global_sites") || !facts.flag("objective", "needs_local_weights"))
    return;
  out.push_back({"objective.type",
                 "'" + facts.text("objective.type") +
                     "' averages weights of whole examples, but all examples of the model '" +
                     facts.text("model.type") + "' share latents",
                 "set objective.type=elbo, power_mean or bb_alpha"});
}

void forward_divergences_have_what_they_need(const Facts& facts, Violations& out) {
  if (facts.number("objective.sleep_phi", 0) > 0 && facts.text("model.type") != "latent")
    out.push_back(
        {"objective.sleep_phi",
         "the sleep phase draws latents and data from the model 'latent', but the model is '" +
             facts.text("model.type") + "'",
         "set objective.sleep_phi=0"});
  if (facts.text("objective.divergence") == "total_variation" &&
      facts.text("estimator.type") == "doubly_reparameterised")
    out.push_back({"estimator.type",
                   "'doubly_reparameterised' differentiates the coefficients of grad log q, and "
                   "those of total_variation are steps",
                   "set estimator={type: score_function}"});
}

void aggregates_have_their_posteriors(const Facts& facts, Violations& out) {
  const std::string objective = facts.text("objective.type"), model = facts.text("model.type");
  if (facts.flag("objective", "needs_latents_of_data") && model == "target")
    out.push_back(
        {"objective.type",
         "'" + objective + "' is about the latents of data, and the model '" + model + "' has none",
         "set objective.type=elbo"});
  if (!facts.flag("objective", "needs_units") || model == "density") return;
  const std::string posterior = facts.text("guide.posterior.type");
  if (has_flows(facts))
    out.push_back({"guide.flows",
                   "'" + objective + "' needs a posterior of independent units, which flows mix",
                   "remove guide.flows"});
  else if (facts.info("guide.posterior") != nullptr && !facts.flag("guide.posterior", "has_units"))
    out.push_back({"guide.posterior.type",
                   "'" + objective + "' needs a posterior of independent units, and those of '" +
                       posterior + "' depend on each other",
                   "set guide.posterior.type=diag_normal"});
}

void draws_can_be_scored_again(const Facts& facts, Violations& out) {
  const std::string estimator = facts.text("estimator.type");
  const bool may_have_closed_form = facts.text("model.type") != "target" && !has_flows(facts);
  if (facts.flag("estimator", "from_draws") && may_have_closed_form &&
      facts.text("objective.kl") == "auto")
    out.push_back({"objective.kl",
                   "the estimator '" + estimator +
                       "' takes its gradient from draws, but 'auto' takes closed forms where there "
                       "are any",
                   "set objective.kl=monte_carlo, or estimator={type: pathwise}"});
  if (!facts.flag("estimator", "scores_draws_again") && !facts.flag("estimator", "scores_draws"))
    return;
  each_without_inverse(
      facts,
      "guide.flows",
      [&out, &estimator](
          const std::string& path, const std::string& type, const std::string& help) {
        out.push_back({path,
                       "the estimator '" + estimator +
                           "' scores draws by the inverse of the flows, but '" + type +
                           "' has none",
                       help + "use flows with an inverse, or estimator={type: pathwise}"});
      });
}

}  // namespace elbow
