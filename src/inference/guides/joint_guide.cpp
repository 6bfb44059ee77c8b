#include "elbow/inference/guides/joint_guide.h"

#include "elbow/data/dataset/batch.h"
#include "elbow/inference/guides/amortised_guide.h"
#include "elbow/inference/guides/empty_guide.h"
#include "elbow/inference/guides/supported_guide.h"
#include "elbow/inference/guides/weight_guide.h"
#include "elbow/neural/conditional/posterior.h"

namespace elbow {
namespace {

GuidePtr make_amortised(const ConfigNode& node, const SiteSpec& site, const DataContext& data) {
  const auto posterior = make_posterior(
      node, BuildContext{{num_elements(site.event_shape)}, data.encoder_shape(), data});
  auto inputs = data.examples;
  if (data.has_gaps && inputs)
    inputs = [&data](std::int64_t n) { return encoder_input_without_gaps(data.examples(n)); };
  posterior->initialise(inputs);
  return std::make_shared<AmortisedGuide>(posterior, site, relaxation_of(node.child("posterior")));
}

GuidePtr make_shared_guide(const ConfigNode& node, const SiteSpec& site, const DataContext& data) {
  const ConfigNode posterior = node.child("posterior");
  posterior.child("network").raw();  // what all examples share looks at none of them
  BuildContext context{{num_elements(site.event_shape)}, /*context_shape=*/{}, data};
  const FamilyPtr family = posterior_factory().create(posterior, context);
  // A learned vector begins where its family does, unless the model knows better.
  const Tensor start =
      site.start.defined() ? family->centred_at(site.start, site.start_scale) : family->initial();
  if (!start.defined())
    posterior.refuse(
        "weights begin at draws of their prior, at which this family cannot be centred",
        "set guide.posterior.type=diag_normal, low_rank_normal or full_rank_normal",
        "type");
  const auto layers = node.children("flows");
  std::shared_ptr<FlowStack> flows;
  if (!layers.empty()) {
    // Layers that take numbers get learned ones, as the family does.
    context.context_shape = {family->num_parameters()};
    flows = std::make_shared<FlowStack>(layers, context);
  }
  return std::make_shared<WeightGuide>(site, family, flows, start);
}

GuidePtr make_for_one(const ConfigNode& node, const SiteSpec& site, const DataContext& data) {
  return site.scope == Scope::global ? make_shared_guide(node, site, data)
                                     : make_amortised(node, site, data);
}

/// Whether the family draws the model's only latent as it is.
bool draws_on_support(const ConfigNode& node, const std::vector<SiteSpec>& sites) {
  if (sites.size() > 1 || sites.front().event_shape.size() != 1) return false;
  const auto* row = posterior_factory().find(node.child("posterior").type());
  const SupportKind kind = std::get<PosteriorTraits>(row->info.traits).latent_kind;
  return word_of(kind) == sites.front().support.name();
}

/// Real numbers, mapped onto the supports of all latents. @throws ConfigError where that cannot be
GuidePtr make_supported(const ConfigNode& node,
                        const std::vector<SiteSpec>& sites,
                        const DataContext& data) {
  const ConfigNode posterior = node.child("posterior");
  const auto refuse = [&](const std::string& why, const std::string& help) {
    posterior.refuse(why, help, "type");
  };
  const auto* row = posterior_factory().find(posterior.type());
  if (std::get<PosteriorTraits>(row->info.traits).latent_kind != SupportKind::real)
    refuse("'" + posterior.type() +
               "' draws no real numbers, which could be mapped onto the model's "
               "latents",
           "set guide.posterior.type=diag_normal or full_rank_normal");
  for (const SiteSpec& site : sites) {
    if (!site.support.has_bijection())
      refuse("the latent '" + site.name + "' is " + site.support.text() +
                 ", onto which no real numbers can be mapped",
             "use a guide for such latents: elbow list guide");
    if (site.scope != sites.front().scope)
      refuse("of the latents '" + sites.front().name + "' and '" + site.name +
                 "' one is of each example, the other of all together",
             "use a guide that tells them apart: elbow list guide");
  }
  const SiteSpec numbers{
      SupportedGuide::kUnconstrained, {join(sites)->size()}, Support::real(), sites.front().scope};
  return std::make_shared<SupportedGuide>(make_for_one(node, numbers, data), sites);
}

}  // namespace

ComponentInfo joint_guide_info() {
  GuideTraits traits;
  traits.from_posterior = true;
  return ComponentInfo::of("joint",
                           "One posterior over all latents of an example, or over those that all "
                           "share")
      .source(
          "Kingma, Welling, Auto-encoding variational Bayes, 2014, arXiv:1312.6114, section 2.1")
      .takes({Parameter::component("posterior", "posterior", "its family and encoder")
                  .defaults({{"type", "diag_normal"}}),
              Parameter::components("flows", "flow", "layers that the posterior's draws go through")
                  .defaults(Json::array())})
      .with(traits);
}

GuidePtr make_joint_guide(const ConfigNode& node,
                          const std::vector<SiteSpec>& sites,
                          const DataContext& data) {
  if (sites.empty()) {
    node.raw();  // there is nothing to guide
    return std::make_shared<EmptyGuide>();
  }
  return draws_on_support(node, sites) ? make_for_one(node, sites.front(), data)
                                       : make_supported(node, sites, data);
}

}  // namespace elbow
