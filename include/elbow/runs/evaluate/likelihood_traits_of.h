#pragma once

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/traits.h"

namespace elbow {

/// What is known of the likelihood of an experiment; null where its model has none.
const LikelihoodTraits* likelihood_traits_of(const ConfigNode& experiment);

}  // namespace elbow
