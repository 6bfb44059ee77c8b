#pragma once

#include <cmath>

#include "elbow/foundations/core/schedule.h"

namespace elbow {

/// (delay + t)^-kappa after t steps: its sum diverges and that of its squares does not for kappa in
/// (1/2, 1], which is what stochastic approximation asks for.
class RobbinsMonro : public Schedule {
 public:
  explicit RobbinsMonro(const ConfigNode& node)
      : delay_(node.number("delay")), kappa_(node.number("kappa")) {}
  static ComponentInfo info() {
    ScheduleTraits traits;
    traits.decays_by_power = true;
    return ComponentInfo::of("robbins_monro",
                             "steps (delay + t)^-kappa of stochastic approximation, t from 1")
        .source(
            "Robbins, Monro, A stochastic approximation method, 1951; Hoffman et al., Stochastic "
            "variational inference, 2013, arXiv:1206.7051, equation 26")
        .takes({Parameter::number("delay", "tau_0 of (tau_0 + t)^-kappa: damps the first steps")
                    .defaults(1.0)
                    .at_least(0),
                Parameter::number("kappa", "forgetting rate, in (0.5, 1]").defaults(0.7)})
        .with(traits);
  }
  double value(const Clock& clock) const override {
    // The first step has t = 1, so that a delay of 0 begins with a whole step.
    return std::pow(delay_ + static_cast<double>(clock.step) + 1.0, -kappa_);
  }

 private:
  double delay_, kappa_;
};

}  // namespace elbow
