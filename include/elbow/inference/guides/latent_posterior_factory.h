#pragma once

#include "elbow/foundations/core/factory.h"
#include "elbow/models/generative/site_spec.h"
#include "elbow/neural/conditional/posterior.h"

namespace elbow {

/// q of one latent among several, from what it is given: `matching`, the usual family on the
/// support of the model's latent, and families by name. @param context context shape: of what it is
/// given, empty for nothing. Traits: LatentPosteriorTraits.
Factory<std::shared_ptr<Posterior>, const SiteSpec&, const BuildContext&>&
latent_posterior_factory();

}  // namespace elbow
