#pragma once

#include <functional>
#include <string>
#include <vector>

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/models/generative/prior.h"
#include "elbow/models/generative/site_spec.h"
#include "elbow/neural/conditional/conditional_distribution.h"

namespace elbow {

/// One latent among several: p(z) where it is given nothing, else p(z | what it is given).
struct NamedLatent {
  std::string name;
  std::vector<std::string>
      given;              ///< latents drawn before it, conditions, in the order of the input
  std::int64_t size = 0;  ///< L, how many numbers a value has
  Support support = Support::real();
  std::int64_t num_classes = 0;  ///< of each variable, where it is one-hot; else 0
  PriorPtr prior = nullptr;      ///< where it is given nothing
  /// Makes the prior once there is a guide, whose posterior of this latent it is made of.
  std::function<PriorPtr(const ConditionalDistributionPtr& posterior)> make_prior = nullptr;
  ConditionalDistributionPtr conditional = nullptr;  ///< from [..., C], where it is given something
  bool is_label = false;  ///< its value is the example's label, wherever there is one
};

/// Rows: every family of the kind `posterior`, learned where the latent is given nothing; priors of
/// the kind `prior` that are given nothing. @param context context shape: [C] of what it is given,
/// empty for nothing. Traits: LatentTraits.
Factory<NamedLatent, const BuildContext&>& latent_factory();

}  // namespace elbow
