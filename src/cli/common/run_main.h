#pragma once

#include <exception>
#include <functional>
#include <string>

#include "cli/common/command_line.h"

namespace elbow::cli {

/// The main of both programs: parses, answers --help and --version, runs `body`, and holds the one
/// catch that turns every failure into its message and its exit code (`elbow help exit-codes`).
/// Standard output is flushed and checked before the code is returned: a result that did not arrive
/// is 74, a reader that went away is 0.
int run_main(int argc, char** argv, const std::function<int(const CommandLine&)>& body);

/// What a failure says, and its exit code.
struct FailureText {
  int exit_code = 0;
  std::string text;        ///< for people, on standard error
  std::string json_lines;  ///< for --json, on standard output: one event for each mistake
};

/// @param trace with the library's own trace, when the failure is a defect of ours and has one
FailureText describe_failure(const std::exception_ptr& failure, bool trace);

}  // namespace elbow::cli
