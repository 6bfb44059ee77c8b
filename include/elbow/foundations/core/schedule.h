#pragma once

#include <cstdint>
#include <memory>

#include "elbow/foundations/core/factory.h"

namespace elbow {

/// Where a run stands: what schedules are functions of.
struct Clock {
  std::int64_t step = 0;  ///< optimizer steps finished
  double steps_per_epoch = 1;
  std::int64_t total_steps = 0;  ///< 0: unknown
};

/// A number that changes over time: a pure function of the clock, so nothing needs saving.
class Schedule {
 public:
  virtual ~Schedule() = default;
  virtual double value(const Clock& clock) const = 0;
};
using SchedulePtr = std::shared_ptr<const Schedule>;

/// constant, linear, step, multistep, cosine, exponential, robbins_monro, warmup, sigmoid,
/// cyclical.
Factory<SchedulePtr>& schedule_factory();

}  // namespace elbow
