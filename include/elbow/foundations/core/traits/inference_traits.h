#pragma once

#include "elbow/foundations/core/traits/fitting.h"

namespace elbow {

/// What rules know of a way to fit.
struct InferenceTraits {
  static constexpr const char* kKind = "inference";

  Fitting fitting = Fitting::gradient;

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("fitting", self.fitting);
  }
};

}  // namespace elbow
