#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace elbow {

/// How often something is done in a second: in each of several windows of time, one after the other
/// in one process. Processes differ by more than windows do; compare two programs in pairs.
struct Rate {
  double median = 0, lowest = 0, highest = 0;
  std::vector<double> windows;
  double cpu_seconds = 0;  ///< of all threads for each, user and system
  double processors =
      0;  ///< how many were at work on average: fewer than threads beside other load

  static Rate of(std::vector<double> windows);
};

struct RateOptions {
  double seconds = 5;  ///< of all windows together
  int windows = 5;
};

/// Times `work` after a warm-up of a fifth of the time. Work that is long gets fewer windows, and
/// one at least, each of one call at least.
/// @param work does one piece of work as often as it is asked to; returns how much it did, in the
/// rate's unit
Rate measure_rate(const RateOptions& options,
                  const std::function<double(std::int64_t times)>& work);

}  // namespace elbow
