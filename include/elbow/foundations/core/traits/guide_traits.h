#pragma once

#include "elbow/foundations/core/traits/support_kind.h"

namespace elbow {

/// What rules know of a guide: what its draws are, unless its key `posterior` says so.
struct GuideTraits {
  static constexpr const char* kKind = "guide";

  bool from_posterior = false;  ///< its draws are those of the posterior that it is made of
  SupportKind latent_kind = SupportKind::real;
  bool pathwise = true;    ///< draws have gradients in the parameters
  bool has_units = false;  ///< latent units are independent of each other

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("from_posterior", self.from_posterior);
    visit("latent_kind", self.latent_kind);
    visit("pathwise", self.pathwise);
    visit("has_units", self.has_units);
  }
};

}  // namespace elbow
