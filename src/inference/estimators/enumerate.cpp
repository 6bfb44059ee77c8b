#include "elbow/inference/estimators/enumerate.h"

#include <cmath>
#include <vector>

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

namespace {

std::string count_text(double count) {
  constexpr double kExact = 1e15;
  return count < kExact ? std::to_string(std::llround(count))
                        : "about 10^" + std::to_string(std::llround(std::log10(count)));
}

/// Every combination of the values of discrete sites, [S, B, L] each: the last site runs slowest.
Trace every_value(const std::vector<const Site*>& sites, double size) {
  const auto count = static_cast<std::int64_t>(std::llround(size));
  Trace out;
  std::int64_t faster = 1;
  for (const Site* site : sites) {
    const Tensor values = support_of(site->dist(), site->value().options());
    const std::int64_t own = values.size(0);
    const Tensor listed =
        values.repeat_interleave(faster, /*dim=*/0).repeat({count / (own * faster), 1});
    faster *= own;
    const Tensor of_batch = listed.unsqueeze(1).expand({-1, site->value().size(1), -1});
    out.add(site->with(site->dist_ptr(), with_known(site->dist(), of_batch)));
  }
  return out;
}

}  // namespace

Surrogate Enumerate::estimate(const Objective& objective, Proposals& proposals) {
  const Trace drawn = proposals.draw(1);
  std::vector<const Site*> discrete;
  double size = 1;
  for (const Site& site : drawn.sites()) {
    if (!site.dist().traits().is_discrete) continue;
    discrete.push_back(&site);
    size *= support_size(site.dist());
  }
  if (discrete.empty())
    throw UsageError("enumerate lists the values of discrete latents, and the guide has none",
                     "set estimator={type: pathwise}");
  if (size > static_cast<double>(max_values_))
    throw UsageError("the guide has " + count_text(size) +
                         " values, more than estimator.max_values=" + std::to_string(max_values_),
                     "make the discrete latents smaller, or set estimator={type: score_function}");
  const Trace listed = every_value(discrete, size);
  const bool is_all = discrete.size() == drawn.sites().size();
  Trace guide = is_all ? proposals.score_guide(listed)
                       : proposals.propose_given(listed, static_cast<std::int64_t>(size));
  Tensor log_mass;
  for (const Site& site : listed.sites()) {
    const Tensor own = log_masses(guide.at(site.name()), support_size(site.dist()));
    log_mass = log_mass.defined() ? log_mass + own : own;
  }
  guide.set_log_particle_weights(log_mass);
  return surrogate_of(objective, proposals.score(guide), guide, proposals.source());
}

}  // namespace elbow
