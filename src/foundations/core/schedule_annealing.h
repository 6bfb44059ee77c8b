#pragma once

#include <vector>

#include "elbow/foundations/core/schedule.h"

namespace elbow {

/// sigmoid and cyclical: ways from one number to another that the weight of a KL takes.
std::vector<Factory<SchedulePtr>::Row> annealing_rows();

}  // namespace elbow
