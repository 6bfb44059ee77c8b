#include "elbow/inference/guides/conditioned_distribution.h"

#include <cmath>
#include <stdexcept>

namespace elbow {

Site ConditionedDistribution::site_with(Tensor value) const {
  Site out(site_.name, q_, std::move(value), /*is_observed=*/false, site_.scope);
  if (site_.scope == Scope::global) out.set_repeats(num_examples_);
  return out;
}

/// One draw from each component, K times: the M K particles carry the components' weights. Values
/// come as [M, K, B, L]; particle m K + k is draw k of component m.
Trace ConditionedDistribution::draw_by_strata(std::int64_t num_particles,
                                              RandomSource& source) const {
  const StratifiedDraw draw = *q_->stratified_rsample({num_particles}, source);
  Site site = site_with(draw.values.flatten(0, 1));
  site.set_log_prob(draw.log_prob.flatten(0, 1));
  Trace trace;
  trace.add(std::move(site));
  const double log_count = std::log(static_cast<double>(num_particles));
  trace.set_log_particle_weights(
      (draw.log_weights - log_count).repeat_interleave(num_particles, /*dim=*/0));
  return trace;
}

Trace ConditionedDistribution::draw(std::int64_t num_particles,
                                    RandomSource& source,
                                    DrawGradient gradient) const {
  const bool is_shared = site_.scope == Scope::global;
  RandomSource& of_site = is_shared ? source.shared(site_.name) : source;
  Trace trace;
  if (gradient == DrawGradient::none || q_->traits().is_discrete) {
    trace.add(site_with(q_->sample({num_particles}, of_site).detach()));
    return trace;
  }
  if (!q_->traits().has_rsample) return draw_by_strata(num_particles, of_site);
  // Without a density the draw is scored when asked: a closed-form KL never does.
  auto [z, log_q] = q_->rsample_with_known_density({num_particles}, of_site);
  Site site = site_with(std::move(z));
  if (log_q.defined()) site.set_log_prob(std::move(log_q));
  trace.add(std::move(site));
  return trace;
}

Trace ConditionedDistribution::draw_relaxed(std::int64_t num_particles,
                                            RandomSource& source) const {
  if (!relaxation_) return draw(num_particles, source, DrawGradient::pathwise);
  Trace trace;
  trace.add(relaxation_.draw(site_.name, q_, {num_particles}, source));
  return trace;
}

Trace ConditionedDistribution::relaxed(const Trace& model, const Trace& latents) const {
  if (!relaxation_) return model;
  Trace out;
  for (const Site& site : model.sites())
    out.add(site.name() == site_.name ? relaxation_.relaxed(site, latents.at(site_.name)) : site);
  return out;
}

Trace ConditionedDistribution::score(const Trace& values) const {
  const Site& given = values.at(site_.name);
  Trace trace;
  trace.add(relaxation_ ? relaxation_.score(given, q_) : site_with(given.value()));
  return trace;
}

ConditionedGuidePtr ConditionedDistribution::detach() const {
  return std::make_shared<ConditionedDistribution>(
      site_, q_->detach(), num_examples_, relaxation_.detach());
}

DistributionPtr ConditionedDistribution::distribution(const std::string& site, const Trace&) const {
  if (site != site_.name)
    throw std::logic_error("the guide has no latent '" + site + "'; it has '" + site_.name + "'");
  return q_;
}

}  // namespace elbow
