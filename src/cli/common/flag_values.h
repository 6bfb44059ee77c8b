#pragma once

#include <cstdint>
#include <string>

#include "cli/common/command_line.h"

namespace elbow::cli {

/// Throws the UsageError "command line: error: MESSAGE".
[[noreturn]] void fail_usage(const std::string& message, const std::string& help = "");

/// Whole text, decimal, with an optional minus; false when it is anything else or does not fit.
bool parse_integer(const std::string& text, std::int64_t* value);
/// Whole text in the C locale, finite.
bool parse_number(const std::string& text, double* value);
/// @throws UsageError when `text` is no value for this flag
void check_value(const Flag& flag, const std::string& text);

}  // namespace elbow::cli
