#pragma once

#include <string>
#include <variant>

#include "elbow/foundations/core/traits/component_likelihood_traits.h"
#include "elbow/foundations/core/traits/data_traits.h"
#include "elbow/foundations/core/traits/distribution_row_traits.h"
#include "elbow/foundations/core/traits/estimator_traits.h"
#include "elbow/foundations/core/traits/flow_traits.h"
#include "elbow/foundations/core/traits/guide_traits.h"
#include "elbow/foundations/core/traits/inference_traits.h"
#include "elbow/foundations/core/traits/latent_posterior_traits.h"
#include "elbow/foundations/core/traits/latent_traits.h"
#include "elbow/foundations/core/traits/likelihood_traits.h"
#include "elbow/foundations/core/traits/model_traits.h"
#include "elbow/foundations/core/traits/network_traits.h"
#include "elbow/foundations/core/traits/objective_traits.h"
#include "elbow/foundations/core/traits/posterior_traits.h"
#include "elbow/foundations/core/traits/prior_traits.h"
#include "elbow/foundations/core/traits/relaxation_traits.h"
#include "elbow/foundations/core/traits/schedule_traits.h"
#include "elbow/foundations/core/traits/target_traits.h"

namespace elbow {

/// What rules and front end know of a component, one struct for each kind of component; nothing for
/// kinds that no rule asks about. A new kind is a struct with `kKind` and `each`, and its name
/// here.
using Traits = std::variant<std::monostate,
                            ComponentLikelihoodTraits,
                            DataTraits,
                            DistributionRowTraits,
                            EstimatorTraits,
                            FlowTraits,
                            GuideTraits,
                            InferenceTraits,
                            LatentPosteriorTraits,
                            LatentTraits,
                            LikelihoodTraits,
                            ModelTraits,
                            NetworkTraits,
                            ObjectiveTraits,
                            PosteriorTraits,
                            PriorTraits,
                            RelaxationTraits,
                            ScheduleTraits,
                            TargetTraits>;

/// The kind of component that has such traits; empty for none.
std::string kind_of(const Traits& traits);
/// An object by the names of the traits; texts and lists that are empty are left out.
Json traits_to_json(const Traits& traits);
/// @throws std::logic_error for a trait or a word that the kind does not have
Traits traits_from_json(const std::string& kind, const Json& value);

}  // namespace elbow
