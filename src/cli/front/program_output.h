#pragma once

#include <string>
#include <vector>

namespace elbow::cli {

/// What a program prints on standard output; empty when it cannot be started. No shell reads the
/// words.
/// @param words     the program, found on the PATH, and its arguments
/// @param variables "NAME=value", besides those of this process or in their place
std::string program_output(const std::vector<std::string>& words,
                           const std::vector<std::string>& variables = {});

}  // namespace elbow::cli
