#pragma once

#include <string>

namespace elbow {

/// Says how long work will take that takes minutes, and refuses what nobody waits for: a slip in a
/// number would otherwise run in silence for ever.
///
/// @param seconds of all of it, from the time that its first part took
/// @param asked "--particles: 1000000000000 draws for each of 30 examples"
/// @throws UsageError from 30 days on
void announce_work(double seconds, const std::string& asked);

/// "90 seconds", "12 minutes", "5 hours", "31709 years".
std::string rough_time(double seconds);

}  // namespace elbow
