#include "elbow/inference/guides/guide.h"

#include <ATen/core/Tensor.h>

#include <stdexcept>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/guides/standing_value.h"

namespace elbow {

Trace ConditionedGuide::draw_given(const Trace&, std::int64_t, RandomSource&, DrawGradient) const {
  throw UsageError("this guide draws its latents together, none given another",
                   "use guide.latents, or estimator={type: score_function}");
}

Trace locations(const ConditionedGuide& q, const std::vector<SiteSpec>& sites) {
  Trace out, given;
  for (const SiteSpec& site : sites) {
    const DistributionPtr here = q.distribution(site.name, given);
    if (!here) continue;
    out.add(Site(site.name, here, here->location(), /*is_observed=*/false, site.scope));
    given.add(Site(site.name, here, standing_value(*here), /*is_observed=*/false, site.scope));
  }
  return out;
}

DistributionPtr only_distribution(Guide& guide,
                                  const Batch& batch,
                                  const std::vector<SiteSpec>& sites) {
  if (sites.size() != 1)
    throw std::logic_error("expected a model with one latent, found " +
                           std::to_string(sites.size()));
  return guide.condition(batch)->distribution(sites.front().name, {});
}

}  // namespace elbow
