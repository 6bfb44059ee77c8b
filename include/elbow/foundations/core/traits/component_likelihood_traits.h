#pragma once

#include "elbow/foundations/core/traits/support_kind.h"

namespace elbow {

/// What is known of the classes of a mixture or of the states of a Markov chain.
struct ComponentLikelihoodTraits {
  static constexpr const char* kKind = "component_likelihood";

  SupportKind support = SupportKind::real;  ///< of an element of an example

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("support", self.support);
  }
};

}  // namespace elbow
