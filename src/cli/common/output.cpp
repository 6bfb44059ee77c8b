#include "cli/common/output.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace {

[[noreturn]] void output_failed(int error) {
  if (error == EPIPE) throw OutputClosed{};
  throw IoError(std::string("standard output: cannot write: ") + std::strerror(error),
                "free space or send the output elsewhere");
}

/// Why the first write failed. The stream remembers only that one did.
int first_failure = 0;

void note_failure() {
  if (first_failure == 0) first_failure = errno != 0 ? errno : EIO;
}

bool write_out(const std::string& text) {
  errno = 0;
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!is_written || std::ferror(stdout) != 0) note_failure();
  return first_failure == 0;
}

}  // namespace

void print(const std::string& text) {
  if (!write_out(text)) output_failed(first_failure);
}

void stream_event(const std::string& event, const Json& fields) {
  if (write_out(event_line(event, fields)) && std::fflush(stdout) != 0) note_failure();
}

std::string event_line(const std::string& event, const Json& fields) {
  Json line{{"schema", 1}, {"event", event}};
  line.update(fields);
  // Names of files may hold any bytes; JSON may not.
  return line.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

void print_event(const std::string& event, const Json& fields) { print(event_line(event, fields)); }

void flush_output() {
  // Before std::cout: its flush would flush this stream too and swallow the reason of a failure.
  errno = 0;
  if (std::fflush(stdout) != 0) note_failure();
  std::cout.flush();
  errno = 0;
  // A write that failed in somebody else's hands has left no reason.
  if (std::ferror(stdout) != 0 || !std::cout) note_failure();
  if (first_failure != 0 && first_failure != EPIPE) output_failed(first_failure);
}

void print_next(const CommandLine& line, const std::string& command) {
  if (!line.has("quiet")) std::fprintf(stderr, "next: %s\n", command.c_str());
}

std::string number_text(const Json& value, const char* format) {
  if (!value.is_number() || std::isnan(value.get<double>())) return "undefined";
  const double number = value.get<double>();
  char text[400];  // %f of the largest double has 316 characters
  std::snprintf(text, sizeof text, format, number);
  const bool looks_zero = std::string(text).find_first_of("123456789in") == std::string::npos;
  if (looks_zero && number != 0) std::snprintf(text, sizeof text, "%.1e", number);
  return text;
}

std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t right_from) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - row[i].size(), ' ');
      line += (i == 0 ? "" : "  ") + (i >= right_from ? blanks + row[i] : row[i] + blanks);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace elbow::cli
