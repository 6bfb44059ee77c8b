#pragma once

#include <vector>

#include "cli/common/command_line.h"

namespace elbow::cli {

/// Rows of the table of verbs: those that need tensors, and those that do not.
std::vector<Verb> trainer_verbs();
std::vector<Verb> front_verbs();
/// The row of `bench`, whose help lists the jobs.
Verb bench_verb();

}  // namespace elbow::cli
