// Which estimator goes with which objective and which latents.
#include "elbow/foundations/core/contains.h"
#include "flow_layers.h"
#include "guide_draws.h"

namespace elbow {
namespace {

/// Draws per example, as far as the objective has a key for them.
double num_particles(const ConfigView& view) {
  const double groups = view.number("objective.num_groups", 0);
  return groups > 0 ? groups * view.number("objective.group_size", 1)
                    : view.number("objective.num_particles", 1);
}

/// A model without latents, whose bound is its likelihood.
bool has_exact_bound(const ConfigView& view) {
  const auto* model = view.traits<ModelTraits>("model");
  return model != nullptr && model->posterior == ApproximatePosterior::none;
}

/// Whether `objective.kl: auto` finds the KL in closed form.
bool kl_has_closed_form(const ConfigView& view) {
  if (view.text("objective.kl") != "auto" || has_flows(view)) return false;
  const auto posterior = guide_draws(view);
  return !posterior || contains(posterior->closed_form_kl, view.text("model.prior.type"));
}

/// The first estimator of an objective that works for these latents.
std::string way_out(const ConfigView& view, const std::vector<std::string>& known) {
  const auto draws = guide_draws(view);
  const bool is_continuous = draws && draws->pathwise;
  for (const auto& name : known) {
    const ComponentInfo* info = view.schema().find("estimator", name);
    const auto* traits = info == nullptr ? nullptr : info->find_traits<EstimatorTraits>();
    if (traits == nullptr) continue;
    if (traits->latents == EstimatorLatents::any ||
        (traits->latents == EstimatorLatents::continuous) == is_continuous)
      return "set estimator={type: " + name + "}";
  }
  return "see elbow describe objective " + view.text("objective.type");
}

}  // namespace

void estimators_fit(const ConfigView& view, Violations& out) {
  const std::string estimator = view.text("estimator.type");
  const auto* objective = view.traits<ObjectiveTraits>("objective");
  if (estimator.empty() || objective == nullptr) return;
  const auto& known = objective->estimators;
  if (!known.empty() && !contains(known, estimator))
    out.push_back({"estimator.type",
                   "'" + estimator + "' does not estimate gradients of the objective '" +
                       view.text("objective.type") + "'",
                   way_out(view, known)});
  if (!view.has("estimator", &EstimatorTraits::needs_draws)) return;
  const auto* traits = view.traits<ModelTraits>("model");
  if (traits == nullptr) return;
  const std::string model = view.text("model.type");
  const auto refuse = [&out, &estimator](const std::string& why) {
    out.push_back(
        {"estimator.type", "'" + estimator + "' " + why, "set estimator={type: pathwise}"});
  };
  if (traits->posterior == ApproximatePosterior::none)
    refuse("is about draws of a guide, and a density has none");
  if (traits->posterior == ApproximatePosterior::dropout)
    refuse("is about draws of a guide, and the model '" + model + "' has none");
  if (traits->has_global_sites && !view.has("estimator", &EstimatorTraits::needs_rsample))
    refuse("is for latents of single examples, but all examples of the model '" + model +
           "' share latents");
}

void estimators_know_the_latents(const ConfigView& view, Violations& out) {
  const auto* estimator = view.traits<EstimatorTraits>("estimator");
  const auto draws = guide_draws(view);
  const auto* objective = view.traits<ObjectiveTraits>("objective");
  if (estimator == nullptr || !draws || objective == nullptr) return;
  if (has_exact_bound(view)) return;
  // relaxations_have_their_estimator says it in its own words.
  if (!estimator->needs_rsample && !relaxation_paths(view).empty()) return;
  const EstimatorLatents latents = estimator->latents;
  const bool is_binary = draws->latent_kind == SupportKind::binary;
  const bool fits = latents == EstimatorLatents::any ||
                    (latents == EstimatorLatents::continuous && draws->pathwise) ||
                    (latents == EstimatorLatents::discrete && !draws->pathwise) ||
                    (latents == EstimatorLatents::binary && is_binary);
  if (!fits)
    out.push_back({"estimator.type",
                   "'" + view.text("estimator.type") + "' is for " + word_of(latents) +
                       " latents, but the " + guide_drawer(view) + " draws " +
                       word_of(draws->latent_kind) + " ones",
                   way_out(view, objective->estimators)});
}

void estimators_have_their_particles(const ConfigView& view, Violations& out) {
  const bool leaves_one_out = view.text("estimator.baseline") == "leave_one_out";
  const bool needs_two =
      leaves_one_out || view.has("estimator", &EstimatorTraits::compares_particles);
  if (needs_two && num_particles(view) < 2)
    out.push_back({leaves_one_out ? "estimator.baseline" : "estimator.type",
                   "'" + view.text(leaves_one_out ? "estimator.baseline" : "estimator.type") +
                       "' compares particles, but the objective '" + view.text("objective.type") +
                       "' draws one",
                   "set objective.num_particles=2 or more, or another baseline"});
  if (view.has("estimator", &EstimatorTraits::ignores_particles) && num_particles(view) > 1)
    out.push_back({"objective.num_particles",
                   "the estimator '" + view.text("estimator.type") + "' sums over all values",
                   "set objective.num_particles=1"});
  const std::string baseline = view.text("estimator.baseline");
  if (view.has("objective", &ObjectiveTraits::takes_no_baseline) && !baseline.empty() &&
      baseline != "none")
    out.push_back({"estimator.baseline",
                   "the objective '" + view.text("objective.type") +
                       "' weighs grad log q by itself, and takes no baseline",
                   "set estimator.baseline=none"});
  if (baseline == "learned" && view.lacks("model", &ModelTraits::needs_data))
    out.push_back({"estimator.baseline",
                   "'learned' is a function of the data, and a target has none",
                   "set estimator.baseline=leave_one_out"});
}

void floors_have_closed_forms(const ConfigView& view, Violations& out) {
  const bool judges = view.has("estimator", &EstimatorTraits::judges_particles);
  if (!judges && !view.has("estimator", &EstimatorTraits::from_draws)) return;
  if (judges && kl_has_closed_form(view)) return;
  // Without its score term the gradient of a sampled KL is unbiased on average alone, not where the
  // KL happens to be above a floor.
  const std::string why =
      judges ? "' has to judge every draw's part of a KL from draws"
             : "' leaves out a term of its gradient that a floor does not average to 0";
  const auto refuse = [&](const char* key) {
    out.push_back(
        {std::string("objective.") + key,
         "acts on the KL as a whole, and the estimator '" + view.text("estimator.type") + why,
         judges ? "set objective.kl=auto with a pair of posterior and prior whose KL has a closed "
                  "form, e.g. diag_normal and standard_normal, or estimator={type: pathwise}"
                : "set estimator={type: pathwise}"});
  };
  for (const char* key : {"free_bits", "free_bits_total"})
    if (view.number(std::string("objective.") + key, 0) != 0) refuse(key);
  if (view.value("objective.capacity") != nullptr) refuse("capacity");
}

void strata_have_their_bounds(const ConfigView& view, Violations& out) {
  if (!view.has("guide.posterior", &PosteriorTraits::stratified) ||
      !view.has("estimator", &EstimatorTraits::needs_rsample))
    return;
  const auto refuse = [&](const std::string& path, const char* way_out) {
    out.push_back({path,
                   "'" + view.text(path) + "' takes particles that are alike, but the posterior '" +
                       view.text("guide.posterior.type") +
                       "' draws one from each of its components",
                   way_out});
  };
  if (view.has("objective", &ObjectiveTraits::refuses_strata))
    refuse("objective.type", "set objective.type=iwae");
  if (view.has("estimator", &EstimatorTraits::refuses_strata))
    refuse("estimator.type", "set estimator={type: pathwise}");
}

void two_losses_have_two_groups(const ConfigView& view, Violations& out) {
  if (!view.has("model.prior", &PriorTraits::needs_posterior)) return;
  const auto refuse = [&](const std::string& path) {
    out.push_back({path,
                   "'" + view.text(path) +
                       "' gives model and guide gradients of their own, but the prior '" +
                       view.text("model.prior.type") + "' is made of the guide's parameters",
                   "set model.prior.type=flow or mixture_normal"});
  };
  if (view.has("objective", &ObjectiveTraits::has_two_losses)) refuse("objective.type");
  if (view.has("estimator", &EstimatorTraits::has_two_losses)) refuse("estimator.type");
}

void shared_latents_have_their_bound(const ConfigView& view, Violations& out) {
  if (!view.has("model", &ModelTraits::has_global_sites) ||
      !view.has("objective", &ObjectiveTraits::needs_local_weights))
    return;
  out.push_back({"objective.type",
                 "'" + view.text("objective.type") +
                     "' averages weights of whole examples, but all examples of the model '" +
                     view.text("model.type") + "' share latents",
                 "set objective.type=elbo, power_mean or bb_alpha"});
}

void forward_divergences_have_what_they_need(const ConfigView& view, Violations& out) {
  if (view.number("objective.sleep_phi", 0) > 0 &&
      view.lacks("model", &ModelTraits::has_sleep_phase))
    out.push_back(
        {"objective.sleep_phi",
         "the sleep phase draws latents and data from the model 'latent', but the model is '" +
             view.text("model.type") + "'",
         "set objective.sleep_phi=0"});
  if (view.text("objective.divergence") == "total_variation" &&
      view.has("estimator", &EstimatorTraits::differentiates_coefficients))
    out.push_back({"estimator.type",
                   "'" + view.text("estimator.type") +
                       "' differentiates the coefficients of grad log q, and "
                       "those of total_variation are steps",
                   "set estimator={type: score_function}"});
}

void aggregates_have_their_posteriors(const ConfigView& view, Violations& out) {
  const std::string objective = view.text("objective.type"), model = view.text("model.type");
  if (view.has("objective", &ObjectiveTraits::needs_latents_of_data) &&
      view.lacks("model", &ModelTraits::needs_data))
    out.push_back(
        {"objective.type",
         "'" + objective + "' is about the latents of data, and the model '" + model + "' has none",
         "set objective.type=elbo"});
  if (!view.has("objective", &ObjectiveTraits::needs_units) || has_exact_bound(view)) return;
  const auto draws = guide_draws(view);
  if (const auto relaxed = relaxation_paths(view); !relaxed.empty())
    out.push_back({relaxed.front(),
                   "'" + objective + "' compares densities of single units over the batch, which " +
                       "relaxed draws do not have",
                   "set objective.type=elbo"});
  else if (has_flows(view))
    out.push_back({"guide.flows",
                   "'" + objective + "' needs a posterior of independent units, which flows mix",
                   "remove guide.flows"});
  else if (draws && !draws->has_units)
    out.push_back({"guide.posterior.type",
                   "'" + objective + "' needs a posterior of independent units, and those of the " +
                       guide_drawer(view) + " depend on each other",
                   "set guide.posterior.type=diag_normal"});
}

void draws_can_be_scored_again(const ConfigView& view, Violations& out) {
  const std::string estimator = view.text("estimator.type");
  const bool may_have_closed_form =
      !view.lacks("model", &ModelTraits::needs_data) && !has_flows(view);
  if (view.has("estimator", &EstimatorTraits::from_draws) && may_have_closed_form &&
      view.text("objective.kl") == "auto")
    out.push_back({"objective.kl",
                   "the estimator '" + estimator +
                       "' takes its gradient from draws, but 'auto' takes closed forms where there "
                       "are any",
                   "set objective.kl=monte_carlo, or estimator={type: pathwise}"});
  if (!view.has("estimator", &EstimatorTraits::scores_draws_again) &&
      !view.has("estimator", &EstimatorTraits::scores_draws))
    return;
  each_without_inverse(
      view,
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
