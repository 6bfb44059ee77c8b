#pragma once

#include <vector>

#include "cli/common/command_line.h"

namespace elbow::cli {

/// Rows of the table of verbs: those that need tensors, and those that do not.
std::vector<Verb> trainer_verbs();
std::vector<Verb> front_verbs();
/// The rows of `summary` and `compare`.
std::vector<Verb> posterior_verbs();
/// The row of `bench`, whose help lists the jobs.
Verb bench_verb();

/// The flags of every verb that reads a run, behind its own.
std::vector<Flag> with_run_flags(std::vector<Flag> flags);
/// --resampled, of the verbs that read draws of a guide.
Flag resampled_flag();

}  // namespace elbow::cli
