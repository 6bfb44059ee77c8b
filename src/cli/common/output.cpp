#include "cli/common/output.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "elbow/core/error.h"

namespace elbow::cli {
namespace {

[[noreturn]] void output_failed(int error) {
  if (error == EPIPE) throw OutputClosed{};
  throw IoError(std::string("standard output: cannot write: ") + std::strerror(error),
                "free space or send the output elsewhere");
}

}  // namespace

void print(const std::string& text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) output_failed(errno);
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
  if (std::fflush(stdout) != 0) {
    if (errno == EPIPE) return;
    output_failed(errno);
  }
  std::cout.flush();
  // A write that failed earlier, in somebody else's hands, is remembered by the stream but its
  // reason is not.
  if (std::ferror(stdout) != 0 || !std::cout) output_failed(EIO);
}

void print_next(const CommandLine& line, const std::string& command) {
  if (!line.has("quiet")) std::fprintf(stderr, "next: %s\n", command.c_str());
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
