// Which guide goes with which prior.
#include "flow_layers.h"
#include "guide_draws.h"

namespace elbow {

void prior_fits_the_posterior(const ConfigView& view, Violations& out) {
  const auto* guide = view.traits<PosteriorTraits>("guide.posterior");
  const auto* prior = view.traits<PriorTraits>("model.prior");
  // A mixture of posteriors lives where they do.
  if (guide == nullptr || prior == nullptr || prior->needs_posterior) return;
  const SupportKind kind = guide->latent_kind;
  if (kind == prior->support || is_mapped(*guide, prior)) return;
  const std::string posterior = view.text("guide.posterior.type");
  const std::string matching = kind == SupportKind::real     ? "standard_normal"
                               : kind == SupportKind::sphere ? "uniform_sphere"
                                                             : posterior;
  out.push_back({"model.prior.type",
                 "'" + view.text("model.prior.type") + "' is a prior on " +
                     word_of(prior->support) + " latents, but the posterior '" + posterior +
                     "' draws " + word_of(kind) + " ones",
                 "set model.prior.type=" + matching});
}

void flows_act_on_real_latents(const ConfigView& view, Violations& out) {
  const auto* posterior = view.traits<PosteriorTraits>("guide.posterior");
  if (posterior == nullptr || posterior->latent_kind == SupportKind::real || !has_flows(view))
    return;
  out.push_back({"guide.flows",
                 "flows map real latents to real latents, but the posterior '" +
                     view.text("guide.posterior.type") + "' draws " +
                     word_of(posterior->latent_kind) + " ones",
                 "set guide.posterior.type=diag_normal, or remove guide.flows"});
}

void prior_flows_have_an_inverse(const ConfigView& view, Violations& out) {
  each_without_inverse(
      view,
      "model.prior.flows",
      [&out](const std::string& path, const std::string& type, const std::string& help) {
        out.push_back({path,
                       "a prior is scored by the inverse of its flows, but '" + type + "' has none",
                       help + "use e.g. affine_coupling, spline_coupling or maf"});
      });
}

void posteriors_in_the_prior_score(const ConfigView& view, Violations& out) {
  if (!view.has("model.prior", &PriorTraits::needs_posterior)) return;
  const std::string prior = view.text("model.prior.type");
  each_without_inverse(
      view,
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
