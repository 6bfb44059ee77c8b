#pragma once

#include "elbow/foundations/core/traits/support_kind.h"

namespace elbow {

/// What rules know of a prior.
struct PriorTraits {
  static constexpr const char* kKind = "prior";

  SupportKind support = SupportKind::real;
  bool has_units = false;        ///< latent units are independent of each other
  bool is_fixed = false;         ///< it has nothing to learn
  bool needs_posterior = false;  ///< it is made of the guide's posteriors, and lives where they do

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("support", self.support);
    visit("has_units", self.has_units);
    visit("is_fixed", self.is_fixed);
    visit("needs_posterior", self.needs_posterior);
  }
};

}  // namespace elbow
