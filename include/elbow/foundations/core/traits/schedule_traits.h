#pragma once

namespace elbow {

/// What rules know of a schedule.
struct ScheduleTraits {
  static constexpr const char* kKind = "schedule";

  bool is_constant = false;       ///< the number under `value`, at any time
  bool may_span_the_run = false;  ///< without a length it is as long as the run
  bool decays_by_power = false;   ///< steps (delay + t)^-kappa of stochastic approximation

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("is_constant", self.is_constant);
    visit("may_span_the_run", self.may_span_the_run);
    visit("decays_by_power", self.decays_by_power);
  }
};

}  // namespace elbow
