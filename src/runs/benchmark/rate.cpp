#include "elbow/runs/benchmark/rate.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>

#include "elbow/foundations/core/timing.h"

namespace elbow {
namespace {

struct Window {
  double pieces = 0;  ///< calls of `work` times what each was asked for
  double done = 0;    ///< in the unit of the rate: a piece may be many samples
  double seconds = 0;
};

/// Of this process since it began.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Calls `work` until the time is over. The clock is looked at every `times` pieces of work.
Window run_for(double seconds,
               std::int64_t times,
               const std::function<double(std::int64_t)>& work) {
  Window out;
  const auto begin = SteadyClock::now();
  do {
    out.done += work(times);
    out.pieces += static_cast<double>(times);
    out.seconds = seconds_between(begin, SteadyClock::now());
  } while (out.seconds < seconds);
  return out;
}

}  // namespace

Rate Rate::of(std::vector<double> windows) {
  Rate out;
  out.windows = windows;
  std::sort(windows.begin(), windows.end());
  const std::size_t half = windows.size() / 2;
  out.median = windows.size() % 2 == 1 ? windows[half] : 0.5 * (windows[half - 1] + windows[half]);
  out.lowest = windows.front();
  out.highest = windows.back();
  return out;
}

Rate measure_rate(const RateOptions& options, const std::function<double(std::int64_t)>& work) {
  // Between two looks at the clock some 20 ms pass: a look may wait for a device.
  constexpr double kBetweenLooks = 0.02;
  const double length = options.seconds / options.windows;
  run_for(0, 1, work);  // the first call allocates
  const Window warm = run_for(length, 1, work);
  const double each = warm.seconds / warm.pieces;
  const auto times = std::max<std::int64_t>(1, static_cast<std::int64_t>(kBetweenLooks / each));
  std::vector<double> rates;
  double total = 0, done = 0;
  const double cpu_before = cpu_seconds();
  for (int i = 0; i < options.windows && (i == 0 || total < options.seconds); ++i) {
    const Window window = run_for(length, times, work);
    rates.push_back(window.done / window.seconds);
    total += window.seconds;
    done += window.done;
  }
  Rate out = Rate::of(std::move(rates));
  out.cpu_seconds = (cpu_seconds() - cpu_before) / done;
  out.processors = (cpu_seconds() - cpu_before) / total;
  return out;
}

}  // namespace elbow
