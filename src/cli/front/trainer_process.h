#pragma once

#include <string>
#include <vector>

namespace elbow::cli {

/// Where the trainer may lie, seen from the program's own place: libexec/elbow/trainer beside it,
/// or one folder up.
std::vector<std::string> trainer_places();
/// The first of them that can be run; empty when there is none.
std::string find_trainer();

/// Replaces this process by the trainer with the same arguments. Returns only by an exception.
/// @throws UsageError when there is no trainer or no LibTorch for it, IoError when it cannot be
/// started
[[noreturn]] void exec_trainer(char** argv);

}  // namespace elbow::cli
