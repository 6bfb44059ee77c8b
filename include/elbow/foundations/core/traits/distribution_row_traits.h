#pragma once

#include <array>
#include <utility>

#include "elbow/foundations/core/traits/support_kind.h"

namespace elbow {

/// What one draw is.
enum class DistributionEvent {
  scalar,
  vector,
  base,  ///< that of the distribution within
};

constexpr std::array<std::pair<DistributionEvent, const char*>, 3> words(DistributionEvent /*of*/) {
  return {{{DistributionEvent::scalar, "scalar"},
           {DistributionEvent::vector, "vector"},
           {DistributionEvent::base, "base"}}};
}

/// What is known of a distribution without one.
struct DistributionRowTraits {
  static constexpr const char* kKind = "distribution";

  SupportKind support = SupportKind::real;
  DistributionEvent event = DistributionEvent::scalar;
  bool has_rsample = true;
  bool is_discrete = false;
  bool has_entropy = true;  ///< a closed form; else `entropy` throws
  bool has_moments = true;  ///< closed forms of mean and variance; else both throw
  /// rsample is smooth in the parameters at fixed noise; else its gradient is implicit, behind
  /// rejection
  bool explicit_noise = true;

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("support", self.support);
    visit("event", self.event);
    visit("has_rsample", self.has_rsample);
    visit("is_discrete", self.is_discrete);
    visit("has_entropy", self.has_entropy);
    visit("has_moments", self.has_moments);
    visit("explicit_noise", self.explicit_noise);
  }
};

}  // namespace elbow
