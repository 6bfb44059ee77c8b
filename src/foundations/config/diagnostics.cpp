#include "elbow/foundations/config/diagnostics.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "utf8.h"

namespace elbow {
namespace {

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == '\n')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

/// One line, whatever a quoted scalar's escapes hold.
std::string one_line(const std::string& text) {
  std::string out = printable_utf8(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

bool is_at_or_below(const std::string& path, const std::string& above) {
  if (above.empty() || path == above) return true;
  return path.size() > above.size() && path.compare(0, above.size(), above) == 0 &&
         (path[above.size()] == '.' || path[above.size()] == '[');
}

}  // namespace

int Diagnostics::add_file(const std::string& name) {
  sources_.push_back({name, true, {}});
  return static_cast<int>(sources_.size()) - 1;
}

int Diagnostics::add_override(const std::string& text) {
  sources_.push_back({"command line", false, {one_line(text)}});
  return static_cast<int>(sources_.size()) - 1;
}

void Diagnostics::set_text(int source, const std::string& text) {
  // An override keeps its whole text: a message shows `key=value`, not the value alone.
  if (is_file(source))
    sources_[static_cast<std::size_t>(source)].lines = split_lines(printable_utf8(text));
}

const std::string& Diagnostics::line(int source, int number) const {
  static const std::string none;
  const auto& lines = sources_.at(static_cast<std::size_t>(source)).lines;
  const bool inside = number >= 1 && static_cast<std::size_t>(number) <= lines.size();
  return inside ? lines[static_cast<std::size_t>(number) - 1] : none;
}

bool Diagnostics::is_file(int source) const {
  return source >= 0 && sources_.at(static_cast<std::size_t>(source)).is_file;
}

void Diagnostics::add(const Place& place,
                      const std::string& path,
                      const std::string& message,
                      const std::string& suggestion,
                      const std::string& help) {
  found_.emplace_back(place, diagnostic(place, path, message, suggestion, help));
  broken_.push_back(path);
}

void Diagnostics::add_unknown(const Place& place,
                              const std::string& path,
                              const std::string& suggestion,
                              const std::string& help) {
  found_.emplace_back(place, diagnostic(place, path, "unknown key", suggestion, help));
}

Diagnostic Diagnostics::diagnostic(const Place& place,
                                   const std::string& path,
                                   const std::string& message,
                                   const std::string& suggestion,
                                   const std::string& help) const {
  if (place.source == Place::kDefault)
    throw std::logic_error("schema: the default of " + path + " is wrong: " + message);
  const Source& source = sources_.at(static_cast<std::size_t>(place.source));
  Diagnostic out;
  out.file = source.name;
  out.path = one_line(path);
  out.message = one_line(message);
  out.suggestion = one_line(suggestion);
  out.help = one_line(help);
  if (source.is_file) {
    out.line = place.line;
    out.column = place.column;
    out.length = place.length;
    out.source_line = line(place.source, place.line);
  } else {
    out.source_line = source.lines.front();
  }
  return out;
}

bool Diagnostics::is_excused(const std::string& path) const {
  return std::any_of(excused_.begin(), excused_.end(), [&path](const std::string& excused) {
    return is_at_or_below(path, excused);
  });
}

bool Diagnostics::touches(const std::string& path) const {
  const auto concerns = [&path](const std::string& other) {
    return is_at_or_below(other, path) || is_at_or_below(path, other);
  };
  return std::any_of(excused_.begin(), excused_.end(), concerns) ||
         std::any_of(broken_.begin(), broken_.end(), [&](const std::string& broken) {
           // Without its name a component has no keys at all.
           const std::size_t name = broken.rfind(".type");
           const bool is_name = name != std::string::npos && name + 5 == broken.size();
           return concerns(broken) || (is_name && is_at_or_below(path, broken.substr(0, name)));
         });
}

std::vector<Diagnostic> Diagnostics::ordered() const {
  auto sorted = found_;
  const auto key = [](const Place& place) {
    return std::tie(place.source, place.line, place.column);
  };
  std::stable_sort(sorted.begin(), sorted.end(), [&key](const auto& a, const auto& b) {
    return key(a.first) < key(b.first);
  });
  std::vector<Diagnostic> out;
  for (auto& [place, diagnostic] : sorted) out.push_back(std::move(diagnostic));
  return out;
}

std::string Diagnostics::origin(const Place& place) const {
  if (place.source == Place::kDefault) return "default";
  const Source& source = sources_.at(static_cast<std::size_t>(place.source));
  return source.is_file ? source.name + ":" + std::to_string(place.line) : source.name;
}

}  // namespace elbow
