#include "elbow/foundations/core/error.h"

#include <algorithm>

namespace elbow {
namespace {

/// Lines longer than this are shown as a window around the marker.
constexpr std::size_t kShownWidth = 110;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

/// One string per character (UTF-8 code point); tabs and control characters become one blank or
/// '?', so that the marker stays aligned and nothing in a file can steer the terminal.
std::vector<std::string> characters(const std::string& line) {
  std::vector<std::string> out;
  for (const char c : line) {
    if (continues_character(c) && !out.empty())
      out.back() += c;
    else if (c == '\t')
      out.emplace_back(" ");
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out.emplace_back("?");
    else
      out.emplace_back(1, c);
  }
  return out;
}

struct Marked {
  std::string text;
  std::string marker;
};

Marked mark(const Diagnostic& diagnostic) {
  const auto all = characters(diagnostic.source_line);
  const auto column = static_cast<std::size_t>(std::max(1, diagnostic.column)) - 1;
  std::size_t first = 0;
  if (all.size() > kShownWidth && column > kShownWidth / 2) first = column - kShownWidth / 2;
  const std::size_t last = std::min(all.size(), first + kShownWidth);
  Marked out;
  if (first > 0) out.text = "...";
  out.marker.assign(out.text.size() + column - first, ' ');
  for (std::size_t i = first; i < last; ++i) out.text += all[i];
  if (last < all.size()) out.text += "...";
  const std::size_t room = last > column ? last - column : 1;
  out.marker.append(std::min(room, static_cast<std::size_t>(std::max(1, diagnostic.length))), '^');
  return out;
}

std::string joined(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const auto& diagnostic : diagnostics) out += format(diagnostic) + "\n";
  const auto count = diagnostics.size();
  return out + std::to_string(count) + (count == 1 ? " error" : " errors") +
         "; nothing was written";
}

/// "path: message" of a diagnostic; on the command line the override itself stands in front.
std::string what_is_wrong(const Diagnostic& diagnostic) {
  std::string out;
  if (diagnostic.line == 0 && !diagnostic.source_line.empty()) {
    for (const auto& character : characters(diagnostic.source_line)) out += character;
    out += ": ";
    const bool names_it = diagnostic.source_line.find(diagnostic.path + "=") != std::string::npos ||
                          diagnostic.source_line == "~" + diagnostic.path ||
                          diagnostic.source_line == diagnostic.path;
    if (!diagnostic.path.empty() && !names_it) out += diagnostic.path + ": ";
  } else if (!diagnostic.path.empty()) {
    out = diagnostic.path + ": ";
  }
  return out + diagnostic.message;
}

}  // namespace

ConfigError::ConfigError(std::vector<Diagnostic> diagnostics)
    : Error(joined(diagnostics)), diagnostics_(std::move(diagnostics)) {}

std::string format(const Diagnostic& diagnostic) {
  std::string out = diagnostic.file;
  if (diagnostic.line > 0)
    out += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column);
  out += (out.empty() ? "error: " : ": error: ") + what_is_wrong(diagnostic);
  if (diagnostic.line > 0 && !diagnostic.source_line.empty()) {
    const std::string number = " " + std::to_string(diagnostic.line) + " ";
    const Marked shown = mark(diagnostic);
    out += "\n" + number + "| " + shown.text;
    out += "\n" + std::string(number.size(), ' ') + "| " + shown.marker;
    if (!diagnostic.suggestion.empty()) out += " " + diagnostic.suggestion;
  } else if (!diagnostic.suggestion.empty()) {
    out += "; " + diagnostic.suggestion;
  }
  if (!diagnostic.help.empty()) out += "\n help: " + diagnostic.help;
  return out;
}

}  // namespace elbow
