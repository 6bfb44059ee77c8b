#include "elbow/foundations/observe/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace elbow {
namespace {

constexpr int kDefaultWidth = 80, kMaxWidth = 10000;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int find_width() {
  const std::string_view columns = variable("COLUMNS");
  int width = 0;
  const auto end = columns.data() + columns.size();
  const auto parsed = std::from_chars(columns.data(), end, width);
  if (parsed.ec == std::errc() && parsed.ptr == end && width > 0 && width <= kMaxWidth)
    return width;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kDefaultWidth;
}

/// By the first of LC_ALL, LC_CTYPE, LANG that is set (POSIX, "Environment Variables", 8.2).
bool is_utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = variable(name);
    if (value.empty()) continue;
    for (const char* mark : {"UTF-8", "utf-8", "UTF8", "utf8"})
      if (value.find(mark) != std::string_view::npos) return true;
    return false;
  }
  return false;
}

}  // namespace

Terminal Terminal::detect(bool no_color) {
  Terminal terminal;
  const std::string_view term = variable("TERM");
  terminal.is_tty = ::isatty(STDERR_FILENO) == 1 && !term.empty() && term != "dumb";
  if (no_color || !variable("NO_COLOR").empty())
    terminal.colour = false;
  else
    terminal.colour = terminal.is_tty || !variable("FORCE_COLOR").empty();
  terminal.width = find_width();
  terminal.utf8 = is_utf8_locale();
  return terminal;
}

}  // namespace elbow
