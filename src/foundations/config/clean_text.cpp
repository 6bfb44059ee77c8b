#include <algorithm>
#include <array>
#include <cstdio>

#include "elbow/foundations/config/yaml_tree.h"
#include "utf8.h"

namespace elbow {
namespace {

/// More lines with tabs than this say nothing new.
constexpr int kShownTabs = 20;

std::string without_carriage_returns(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r')
      out += text[i];
    else if (i + 1 == text.size() || text[i + 1] != '\n')
      out += '\n';
  }
  return out;
}

std::string hex(std::uint32_t code) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "0x%02X", code);
  return buffer.data();
}

/// Finds the first character that has no place in a configuration.
bool check_characters(const std::string& text, int source, Diagnostics& diagnostics) {
  Place place{source, 1, 1, 1};
  for (std::size_t i = 0; i < text.size();) {
    const Character character = decode_utf8(text, i);
    if (character.bytes == 0) {
      const auto byte = static_cast<unsigned char>(text[i]);
      diagnostics.add(place,
                      "",
                      "expected UTF-8 text, got the byte " + hex(byte),
                      "",
                      "save the file as UTF-8");
      return false;
    }
    const bool layout = character.code == '\n' || character.code == '\t';
    if (character.code < 0x20 && !layout) {
      const std::string name =
          character.code == 0 ? "a NUL byte" : "the control character " + hex(character.code);
      diagnostics.add(place, "", "expected text, got " + name, "", "remove it");
      return false;
    }
    i += character.bytes;
    ++place.column;
    if (character.code == '\n') ++place.line, place.column = 1;
  }
  return true;
}

/// YAML forbids tabs in indentation, and every parser words that another way.
bool check_tabs(const std::string& text, int source, Diagnostics& diagnostics) {
  int line = 1, tabs = 0;
  for (std::size_t start = 0; start <= text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::size_t content = std::min(text.find_first_not_of(" \t", start), end);
    const std::size_t tab = std::min(text.find('\t', start), end);
    const bool blank = content == end || text[content] == '#';
    if (tab < content && !blank && ++tabs <= kShownTabs)
      diagnostics.add({source, line, static_cast<int>(tab - start) + 1, 1},
                      "",
                      "a tab in the indentation (expected spaces)",
                      "",
                      "replace each tab by two spaces");
    start = end + 1;
  }
  return tabs == 0;
}

}  // namespace

std::optional<std::string> clean_text(const std::string& raw,
                                      int source,
                                      Diagnostics& diagnostics) {
  if (raw.size() > YamlLimits::kBytes) {
    diagnostics.add({source, 0, 0, 1},
                    "",
                    "expected a configuration of at most " + std::to_string(YamlLimits::kBytes) +
                        " bytes, got " + std::to_string(raw.size()),
                    "",
                    "is this a data file?");
    return std::nullopt;
  }
  const std::string start = raw.substr(0, 3);
  if (start.rfind("\xFF\xFE", 0) == 0 || start.rfind("\xFE\xFF", 0) == 0) {
    diagnostics.add(
        {source, 1, 1, 1}, "", "expected UTF-8 text, got UTF-16", "", "save the file as UTF-8");
    return std::nullopt;
  }
  const std::string text = without_carriage_returns(start == "\xEF\xBB\xBF" ? raw.substr(3) : raw);
  diagnostics.set_text(source, text);
  if (!check_characters(text, source, diagnostics) || !check_tabs(text, source, diagnostics))
    return std::nullopt;
  return text;
}

}  // namespace elbow
