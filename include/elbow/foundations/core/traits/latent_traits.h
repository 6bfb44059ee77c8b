#pragma once

#include "elbow/foundations/core/traits/support_kind.h"

namespace elbow {

/// What rules know of the distribution of one latent among several, in the model.
struct LatentTraits {
  static constexpr const char* kKind = "latent";

  SupportKind support = SupportKind::real;
  bool takes_given = true;       ///< can be given other latents; else it is a prior by itself
  bool needs_posterior = false;  ///< it is made of the guide's posterior of the latent

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("support", self.support);
    visit("takes_given", self.takes_given);
    visit("needs_posterior", self.needs_posterior);
  }
};

}  // namespace elbow
