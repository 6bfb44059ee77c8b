#pragma once

#include "elbow/foundations/core/traits/support_kind.h"

namespace elbow {

/// What rules know of a likelihood.
struct LikelihoodTraits {
  static constexpr const char* kKind = "likelihood";

  SupportKind support = SupportKind::real;  ///< of an element of an example
  bool is_discrete = false;                 ///< a probability, not a density
  /// elements are independent given the latents: a missing one can be left out
  bool has_independent_elements = true;

  /// Its means can be proportional to the size of an example, a total that is given.
  bool takes_library_size = false;

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("support", self.support);
    visit("is_discrete", self.is_discrete);
    visit("takes_library_size", self.takes_library_size);
    visit("has_independent_elements", self.has_independent_elements);
  }
};

}  // namespace elbow
