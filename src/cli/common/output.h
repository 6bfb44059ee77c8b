#pragma once

#include <string>

#include "cli/common/command_line.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow::cli {

/// Thrown when the reader of standard output went away (EPIPE); the program ends with 0.
struct OutputClosed {};

/// Writes to standard output. @throws IoError when it cannot be written, OutputClosed
void print(const std::string& text);
/// Writes one line {"schema": 1, "event": EVENT, ...fields} to standard output; non-finite numbers
/// become null.
void print_event(const std::string& event, const Json& fields);
/// The same in the middle of long work, at once and without an exception: a reader that went away
/// or a full disk does not end a training. flush_output tells the first reason.
void stream_event(const std::string& event, const Json& fields);
/// One JSON line of an event, with its line end.
std::string event_line(const std::string& event, const Json& fields);
/// Flushes standard output and checks that everything arrived; a reader that went away is fine.
/// @throws IoError
void flush_output();
/// Last line on standard error: "next: COMMAND"; nothing with --quiet.
void print_next(const CommandLine& line, const std::string& command);

/// A number of a summary by a printf format for a double: "undefined" for null and NaN, and in two
/// digits where the format would print a number that is not 0 as 0.
std::string number_text(const Json& value, const char* format = "%.4f");

/// Rows of text in columns two blanks apart; the first row is the heading.
/// @param right_from columns from this one on are set flush right
std::string text_table(const std::vector<std::vector<std::string>>& rows,
                       std::size_t right_from = 1000);

}  // namespace elbow::cli
