#pragma once

#include <cstddef>
#include <string>

namespace elbow::log {

/// Lines go to stderr (plain text, no escapes; control characters become '?') and, once a file is
/// set, to it with a timestamp. One source file includes spdlog; nobody else does.
enum class Level { debug, info, warning, error };
void set_level(Level level);  ///< of stderr; -q sets warning, -v debug. The file has info and
                              ///< above, with -v debug too
void set_file(
    const std::string& path);  ///< train.log, appended to; "" closes it. Failing to open it warns
void debug(const std::string& line);
void info(const std::string& line);
void warning(const std::string& line);  ///< prefixed "warning: "
void error(const std::string& line);    ///< prefixed "error: "
/// A line for the file alone, whatever the level of stderr.
void file_only(const std::string& line);
/// Called before a line is printed to stderr, so that a progress bar can clear itself; may be
/// empty.
void set_before_print(void (*hook)());
/// Lines of level warning so far, printed or not, for the report.
std::size_t num_warnings();

}  // namespace elbow::log
