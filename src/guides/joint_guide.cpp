#include "elbow/guides/joint_guide.h"

#include "elbow/conditional/posterior.h"
#include "elbow/guides/amortised_guide.h"
#include "elbow/guides/empty_guide.h"
#include "elbow/guides/weight_guide.h"

namespace elbow {
namespace {

GuidePtr make_amortised(const ConfigNode& node, const SiteSpec& site, const DataContext& data) {
  const auto posterior = make_posterior(
      node, ConditionalShapes{data.event_shape, num_elements(site.event_shape), data.mean});
  posterior->initialise(data.examples);
  return std::make_shared<AmortisedGuide>(posterior, site);
}

GuidePtr make_shared_guide(const ConfigNode& node, const SiteSpec& site) {
  const ConfigNode posterior = node.child("posterior");
  posterior.child("network").raw();  // what all examples share looks at none of them
  const std::int64_t size = num_elements(site.event_shape);
  const FamilyPtr family = posterior_factory().create(posterior, {size});
  const Tensor start = family->centred_at(site.start, site.start_scale);
  if (!start.defined())
    posterior.refuse(
        "weights begin at draws of their prior, at which this family cannot be centred",
        "set guide.posterior.type=diag_normal, low_rank_normal or full_rank_normal",
        "type");
  const auto layers = node.children("flows");
  std::shared_ptr<FlowStack> flows;
  if (!layers.empty())
    flows = std::make_shared<FlowStack>(layers, FlowShapes{size, /*has_context=*/true});
  return std::make_shared<WeightGuide>(site, family, flows, start);
}

}  // namespace

ComponentInfo joint_guide_info() {
  return ComponentInfo::of("joint",
                           "One posterior over all latents of an example, or over those that all "
                           "share")
      .source(
          "Kingma, Welling, Auto-encoding variational Bayes, 2014, arXiv:1312.6114, section 2.1")
      .takes({Parameter::component("posterior", "posterior", "its family and encoder")
                  .defaults({{"type", "diag_normal"}}),
              Parameter::components("flows", "flow", "layers that the posterior's draws go through")
                  .defaults(Json::array())});
}

GuidePtr make_joint_guide(const ConfigNode& node,
                          const std::vector<SiteSpec>& sites,
                          const DataContext& data) {
  if (sites.empty()) {
    node.raw();  // there is nothing to guide
    return std::make_shared<EmptyGuide>();
  }
  if (sites.front().scope == Scope::global) return make_shared_guide(node, sites.front());
  return make_amortised(node, sites.front(), data);
}

}  // namespace elbow
