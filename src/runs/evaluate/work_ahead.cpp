#include "elbow/runs/evaluate/work_ahead.h"

#include <cmath>
#include <cstdio>
#include <iterator>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/log.h"

namespace elbow {
namespace {

constexpr double kMinute = 60, kHour = 3600, kDay = 86400, kYear = 365.25 * kDay;

}  // namespace

std::string rough_time(double seconds) {
  constexpr struct {
    double size;
    const char* name;
  } kUnits[] = {
      {1, "seconds"}, {kMinute, "minutes"}, {kHour, "hours"}, {kDay, "days"}, {kYear, "years"}};
  std::size_t unit = 0;
  // Two of a unit at least: 90 seconds, not 1 or 2 minutes.
  while (unit + 1 < std::size(kUnits) && seconds >= 2 * kUnits[unit + 1].size) ++unit;
  const double count = seconds / kUnits[unit].size;
  char text[48];
  std::snprintf(text, sizeof text, count < 1e6 ? "%.0f %s" : "%.1e %s", count, kUnits[unit].name);
  return text;
}

void announce_work(double seconds, const std::string& asked) {
  constexpr double kMost = 30 * kDay;
  if (seconds >= kMost)
    throw UsageError(asked + " would take about " + rough_time(seconds) +
                         ", by the time that the first took; expected less than 30 days",
                     "ask for fewer");
  if (seconds >= 2 * kMinute)
    log::info(asked + " take about " + rough_time(seconds) + "; Ctrl-C stops them");
}

}  // namespace elbow
