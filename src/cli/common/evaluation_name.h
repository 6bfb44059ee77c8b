#pragma once

#include <cstdint>
#include <string>

#include "cli/common/command_line.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/io/checkpoint_store.h"

namespace elbow::cli {

/// Draws for each example when --particles is not given.
constexpr std::int64_t kEvaluationParticles = 100;

/// What `elbow eval` files its result under: "test" for the whole split at the default settings,
/// and for anything else what it is: "test-limit-200-k-1000", "input-mine", "valid-step-500".
/// Flags that never change the result are not in the name.
/// @param config the run's, resolved
std::string evaluation_name(const CommandLine& line,
                            const Json& config,
                            const io::CheckpointStore& store);

/// Refuses a flag that would change nothing for the model of this run.
/// @throws UsageError saying why
void refuse_unused_flags(const CommandLine& line, const Json& config);

/// `elbow eval RUN` in a form that works: on a split that the data set has.
/// @param splits their names, or null where they are not known
std::string eval_command(const std::string& run, const Json& splits);

}  // namespace elbow::cli
