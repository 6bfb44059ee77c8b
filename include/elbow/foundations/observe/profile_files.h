#pragma once

#include <cstdint>
#include <string>

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/profiler.h"

namespace elbow {

/// A profile as numbers, in ms and s:
///
///     {"steps_taken", "left_out", "steps",
///      "step": {"name", "mean_ms", "median_ms", "min_ms", "max_ms", "share", "parts": [...]},
///      "training": [{"name", "count", "seconds"}, ...], "seconds"}
///
/// Statistics are about `steps` of the latest steps; the first three of a training are left out
/// where there are more than ten, since what is made once is made in them. Means of parts add up to
/// that of what they are parts of, with a part "other" where something is left. `share` is of the
/// step. `training` adds up to `seconds`.
/// @param seconds of the whole training, of which steps are part
Json profile_json(const Profiler& profiler, double seconds);

/// The latest steps as a time line in the Chrome trace event format: complete events ("X"), in
/// microseconds, which chrome://tracing and Perfetto show. A part lies inside what it is part of.
/// @param first_step the number of the step that the profiler took as its first
/// @param facts what else is known of the run, an object
///
/// Google, "Trace event format", 2016, section "Complete events".
std::string chrome_trace(const Profiler& profiler, std::int64_t first_step, const Json& facts);

}  // namespace elbow
