#pragma once

#include <string>
#include <vector>

#include "elbow/inference/methods/inference.h"
#include "elbow/runs/train/trainer_state.h"

namespace elbow {

/// What steps report, summed until it is recorded; a step that was not finite counts for nothing.
/// Where a step reports other names than the one before, a new phase of the method has begun, and
/// the sums begin again.
/// On a device the sums stay there, so that no step waits for them to be read.
class StepSums {
 public:
  /// @param log_volume what densities of the step's examples change by in the file's units
  void add(const StepReport& report, double log_volume);
  /// All together, since reading waits for the device. Before the first step what was restored.
  MetricSums read() const;
  /// Goes on from sums that were read, if the next step reports the same names.
  void restore(MetricSums sums);
  void zero();

 private:
  void begin(const StepReport& report);

  MetricSums restored_;  ///< taken over by the first step, which knows the names
  std::vector<std::string> names_;
  std::vector<bool> are_densities_;  ///< whether the unit of the data changes them
  Tensor sums_;  ///< [names + 1] float64 on the step's device; the last is the number of steps
};

}  // namespace elbow
