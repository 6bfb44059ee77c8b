#pragma once

#include <string>

#include "cli/common/command_line.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow::cli {

/// Of a configuration with model: {type: program}: reads the program, and its data as far as names
/// go, before anything slow begins; of one with {type: torchscript}: whether its code may run.
/// @return whether it has one. @throws ConfigError, UsageError, DataError
bool check_program(const CommandLine& line, const Json& config);

/// `elbow describe program F.stan`: what it declares.
int describe_program(const CommandLine& line);

/// Whether `elbow describe` needs the trainer: of a program with its data, or a TorchScript
/// density. @throws UsageError for flags that would do nothing, ConfigError, DataError
bool describes_with_data(const CommandLine& line);

/// `elbow list functions`: what a program may call.
int list_functions(const CommandLine& line);

/// A configuration that fits a program by a full-rank normal. @param program a .stan or .pt file
/// @param data JSON, or ""
std::string starter_of_program(const std::string& program, const std::string& data);

}  // namespace elbow::cli
