// Which guide goes with which prior.
#include "facts.h"

namespace elbow {
namespace {

/// Calls `refuse(path, type, help)` for each layer of a list of flows that has no inverse, nor is
/// asked for one by number.
template <class Refuse>
void each_without_inverse(const Facts& facts, const std::string& list, Refuse refuse) {
  const Json* layers = facts.value(list);
  if (layers == nullptr || !layers->is_array()) return;
  for (std::size_t i = 0; i < layers->size(); ++i) {
    const std::string type = (*layers)[i].value("type", "");
    const ComponentInfo* row = facts.schema().find("flow", type);
    if (row == nullptr || row->properties.value("has_inverse", true)) continue;
    const std::string key = row->properties.value("inverse_key", "");
    if (!key.empty() && (*layers)[i].value(key, false)) continue;
    refuse(list + "[" + std::to_string(i) + "].type",
           type,
           key.empty() ? "" : "set " + key + ": true in that layer, or ");
  }
}

bool has_flows(const Facts& facts) {
  const Json* flows = facts.value("guide.flows");
  return flows != nullptr && flows->is_array() && !flows->empty();
}

}  // namespace

void prior_fits_the_posterior(const Facts& facts, Violations& out) {
  const std::string kind = facts.property("guide.posterior", "latent_kind"),
                    support = facts.property("model.prior", "support");
  if (kind.empty() || support.empty() || kind == support) return;
  const std::string posterior = facts.text("guide.posterior.type");
  const std::string matching = kind == "real"     ? "standard_normal"
                               : kind == "sphere" ? "uniform_sphere"
                                                  : posterior;
  out.push_back({"model.prior.type",
                 "'" + facts.text("model.prior.type") + "' is a prior on " + support +
                     " latents, but the posterior '" + posterior + "' draws " + kind + " ones",
                 "set model.prior.type=" + matching});
}

void flows_act_on_real_latents(const Facts& facts, Violations& out) {
  const std::string kind = facts.property("guide.posterior", "latent_kind");
  if (kind.empty() || kind == "real" || !has_flows(facts)) return;
  out.push_back({"guide.flows",
                 "flows map real latents to real latents, but the posterior '" +
                     facts.text("guide.posterior.type") + "' draws " + kind + " ones",
                 "set guide.posterior.type=diag_normal, or remove guide.flows"});
}

void prior_flows_have_an_inverse(const Facts& facts, Violations& out) {
  if (facts.text("model.prior.type") != "flow") return;
  each_without_inverse(
      facts,
      "model.prior.flows",
      [&out](const std::string& path, const std::string& type, const std::string& help) {
        out.push_back({path,
                       "a prior is scored by the inverse of its flows, but '" + type + "' has none",
                       help + "use e.g. affine_coupling, spline_coupling or maf"});
      });
}

void model_and_data_agree(const Facts& facts, Violations& out) {
  if (!facts.has_property("model", "needs_data")) return;
  const bool needs_data = facts.flag("model", "needs_data");
  const std::string data = facts.text("data.type"), model = facts.text("model.type");
  if (needs_data == (data != "none")) return;
  if (needs_data)
    out.push_back({"data.type",
                   "'none' holds no data, but the model '" + model + "' is fitted to data",
                   "name a data set (elbow list data), or set model={type: target, ...}"});
  else
    out.push_back(
        {"data.type",
         "the model '" + model + "' is a density of its own and takes no data, got '" + data + "'",
         "set data={type: none}"});
}

void guides_have_something_to_do(const Facts& facts, Violations& out) {
  const std::string model = facts.text("model.type");
  const ComponentInfo* posterior = facts.info("guide.posterior");
  const Parameter* network = posterior == nullptr ? nullptr : posterior->find("network");
  const Json* found = facts.value("guide.posterior.network");
  const bool has_network =
      network != nullptr && found != nullptr && *found != *network->default_value;
  if (model == "target" && has_network)
    out.push_back(
        {"guide.posterior.network",
         "a target shows an encoder nothing: the guide's parameters are learned as they are",
         "remove guide.posterior.network"});
  const bool has_posterior = facts.text("guide.posterior.type") != "diag_normal";
  if (model == "density" && (has_network || has_posterior || has_flows(facts)))
    out.push_back({"guide",
                   "a density has no latents, so a guide has nothing to propose",
                   "remove the section guide; flows belong to model.density.flows"});
}

void densities_need_no_guide(const Facts& facts, Violations& out) {
  if (!facts.flag("model.density", "needs_posterior")) return;
  out.push_back({"model.density.type",
                 "'" + facts.text("model.density.type") +
                     "' is made of a guide's posteriors, and a density has no guide",
                 "set e.g. model.density.type=flow, or mixture_normal"});
}

void posteriors_in_the_prior_score(const Facts& facts, Violations& out) {
  if (!facts.flag("model.prior", "needs_posterior")) return;
  const std::string prior = facts.text("model.prior.type");
  each_without_inverse(
      facts,
      "guide.flows",
      [&out, &prior](const std::string& path, const std::string& type, const std::string& help) {
        out.push_back({path,
                       "the prior '" + prior +
                           "' scores any latent by the guide's posterior, which needs "
                           "the inverse of its flows, but '" +
                           type + "' has none",
                       help + "use flows with an inverse, e.g. affine_coupling, or another prior"});
      });
}

void draws_can_be_scored_again(const Facts& facts, Violations& out) {
  if (!facts.flag("estimator", "scores_draws_again")) return;
  const std::string estimator = facts.text("estimator.type");
  if (facts.text("objective.kl") == "auto")
    out.push_back({"objective.kl",
                   "the estimator '" + estimator +
                       "' takes its gradient from draws, but 'auto' takes closed forms where there "
                       "are any",
                   "set objective.kl=monte_carlo, or estimator={type: pathwise}"});
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
