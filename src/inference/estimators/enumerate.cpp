#include "elbow/inference/estimators/enumerate.h"

#include "discrete_support.h"
#include "elbow/foundations/core/error.h"
#include "surrogate.h"

namespace elbow {

ComponentInfo Enumerate::info() {
  EstimatorTraits traits;
  traits.ignores_particles = true;
  traits.is_exact = true;
  traits.latents = EstimatorLatents::discrete;
  return ComponentInfo::of("enumerate",
                           "The exact sum over all values of a discrete guide with a small support")
      .takes({Parameter::integer("max_values", "refuses guides with more values than these")
                  .defaults(4096)
                  .at_least(2)
                  .at_most(1000000)})
      .with(traits);
}

GradientEstimatorPtr Enumerate::create(const ConfigNode& node, const DataContext&) {
  return std::make_shared<Enumerate>(node.integer("max_values"));
}

Surrogate Enumerate::estimate(const Objective& objective, Proposals& proposals) {
  const Trace drawn = proposals.draw(1);
  if (drawn.sites().size() != 1)
    throw UsageError("enumerate lists the values of one latent, and the guide has " +
                         std::to_string(drawn.sites().size()),
                     "set estimator={type: score_function}");
  const Site& site = drawn.sites().front();
  if (support_size(site.dist()) > static_cast<double>(max_values_))
    throw UsageError("the guide has " + std::to_string(support_size(site.dist())) +
                         " values, more than estimator.max_values=" + std::to_string(max_values_),
                     "lower model.latent_size, or set estimator={type: score_function}");
  const Tensor values = support_of(site.dist(), site.value().options());
  const Tensor z = values.unsqueeze(1).expand({-1, site.value().size(1), -1});
  Trace listed;
  listed.add(site.with(site.dist_ptr(), z));
  Trace guide = proposals.score_guide(listed);
  guide.set_log_particle_weights(guide.sites().front().log_prob());
  return surrogate_of(objective, proposals.score(guide), guide);
}

}  // namespace elbow
