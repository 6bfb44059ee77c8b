#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/schedule.h"

namespace elbow {

/// Times as a user wrote them, in epochs or in optimizer steps.
struct Times {
  std::vector<double> values;
  bool in_epochs = false;

  double steps(std::size_t i, const Clock& clock) const {
    return in_epochs ? values[i] * clock.steps_per_epoch : values[i];
  }
};

/// How many periods lie behind the clock. The tolerance keeps "after epoch 3" at the first step of
/// the next epoch when 3 * steps_per_epoch was rounded up.
inline double passed(double step, double period) { return step / period * (1 + 1e-12); }

/// Where a schedule stands in the configuration, for messages.
std::string place(const ConfigNode& node);

/// The one key of `keys` that is set; nothing when none is and that is allowed.
/// @throws UsageError naming the keys when two are set, or none and one is required
std::optional<std::string> choose(const ConfigNode& node,
                                  const std::vector<std::string>& keys,
                                  bool required = true);

/// The number under `key`; keys that end in "epochs" count epochs.
Times single_time(const ConfigNode& node, const std::string& key);

/// The list under `key`. @throws UsageError unless it ascends from above 0
Times time_list(const ConfigNode& node, const std::string& key);

}  // namespace elbow
