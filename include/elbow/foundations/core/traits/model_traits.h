#pragma once

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "elbow/foundations/core/traits/event_kind.h"
#include "elbow/foundations/core/traits/fitting.h"
#include "elbow/foundations/core/traits/support_kind.h"

namespace elbow {

/// What stands for the posterior of a model that gradients fit.
enum class ApproximatePosterior {
  guide,
  dropout,  ///< of the model's own network, in predictions too
  none,     ///< there are no latents
};

constexpr std::array<std::pair<ApproximatePosterior, const char*>, 3> words(
    ApproximatePosterior /*of*/) {
  return {{{ApproximatePosterior::guide, "guide"},
           {ApproximatePosterior::dropout, "dropout"},
           {ApproximatePosterior::none, "none"}}};
}

/// What rules know of a model.
struct ModelTraits {
  static constexpr const char* kKind = "model";

  Fitting fitting = Fitting::gradient;
  ApproximatePosterior posterior = ApproximatePosterior::guide;
  std::vector<EventKind> events;  ///< the examples that it takes; none: it is a density of its own
  /// the values that it scores, where no component of it says so
  SupportKind support = SupportKind::real;
  bool needs_data = true;
  bool is_program = false;      ///< the user wrote it, and its data too are a file of their own
  bool needs_response = false;  ///< predicts one column from the others
  bool has_binary_response = false;  ///< which is 0 or 1
  bool takes_groups = false;         ///< fits published splits side by side
  bool takes_gaps = false;           ///< its bound is defined where a value is missing (NaN)
  bool has_global_sites = false;     ///< all examples share latents
  bool has_sleep_phase = false;      ///< draws latents and data for the sleep phase of a guide

  bool takes(EventKind event) const {
    return std::find(events.begin(), events.end(), event) != events.end();
  }

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("fitting", self.fitting);
    visit("posterior", self.posterior);
    visit("events", self.events);
    visit("support", self.support);
    visit("needs_data", self.needs_data);
    visit("is_program", self.is_program);
    visit("needs_response", self.needs_response);
    visit("has_binary_response", self.has_binary_response);
    visit("takes_groups", self.takes_groups);
    visit("takes_gaps", self.takes_gaps);
    visit("has_global_sites", self.has_global_sites);
    visit("has_sleep_phase", self.has_sleep_phase);
  }
};

}  // namespace elbow
