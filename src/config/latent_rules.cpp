// Which guide goes with which prior.
#include "flow_facts.h"

namespace elbow {

void prior_fits_the_posterior(const Facts& facts, Violations& out) {
  const std::string kind = facts.property("guide.posterior", "latent_kind"),
                    support = facts.property("model.prior", "support");
  // A mixture of posteriors lives where they do.
  if (facts.flag("model.prior", "needs_posterior")) return;
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

}  // namespace elbow
