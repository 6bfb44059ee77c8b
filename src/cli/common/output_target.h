#pragma once

#include <string>
#include <vector>

#include "cli/common/command_line.h"

namespace elbow::cli {

/// One rule for every path that the command line names as a place to write to, asked before any
/// work: what is wrong with the path itself is the user's to mend, what the system refuses is a
/// failure to write.
///
/// @param endings that the name may have; empty: any
/// @throws UsageError for another ending, a missing folder, a folder or device where a file should
/// be; IoError where nobody may write
void check_output_file(const CommandLine& line,
                       const std::string& flag,
                       const std::vector<std::string>& endings);

/// The same for a folder, which is made with the folders above it. @throws UsageError when a file
/// stands there or above it; IoError where nobody may write
void check_output_folder(const CommandLine& line, const std::string& flag);

/// Every place that a command line of any verb asks to be written to, its run directory too.
void check_outputs(const CommandLine& line);

}  // namespace elbow::cli
