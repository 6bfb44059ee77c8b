#pragma once

#include "elbow/foundations/core/traits/support_kind.h"

namespace elbow {

/// What rules know of the posterior of one latent among several.
struct LatentPosteriorTraits {
  static constexpr const char* kKind = "latent_posterior";

  bool matches = false;  ///< the usual family on whatever support the model's latent has
  SupportKind latent_kind = SupportKind::real;  ///< the values that it draws, unless it matches
  bool pathwise = true;  ///< draws have gradients in the parameters, unless it matches

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("matches", self.matches);
    visit("latent_kind", self.latent_kind);
    visit("pathwise", self.pathwise);
  }
};

}  // namespace elbow
