#pragma once

#include <cctype>
#include <regex>
#include <set>
#include <string>
#include <vector>

/// A small checker of markup that is both HTML and XML in form: tags nest and close, attributes are
/// quoted, & begins a known entity. Returns "" or the first fault.
inline std::string markup_fault(const std::string& text,
                                const std::set<std::string>& void_tags = {}) {
  static const std::regex kEntity("&(amp|lt|gt|quot|#39);.*");
  static const std::regex kTag(
      "<(/?)([A-Za-z][A-Za-z0-9]*)((?:\\s+[A-Za-z][A-Za-z0-9:-]*=\"[^\"<]*\")*)\\s*(/?)>");
  std::vector<std::string> open;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '&' && !std::regex_match(text.substr(at, 6), kEntity))
      return "bare & at " + text.substr(at, 40);
    if (text[at] != '<') continue;
    if (text.compare(at, 9, "<!doctype") == 0) continue;
    const std::size_t end = text.find('>', at);
    if (end == std::string::npos) return "unclosed < at " + text.substr(at, 40);
    const std::string tag = text.substr(at, end - at + 1);
    // Long attributes (paths, base64) would exhaust the regex's stack: their middle is of no
    // interest.
    std::string brief;
    bool quoted = false;
    std::size_t inside = 0;
    for (const char c : tag) {
      if (c == '"') quoted = !quoted, inside = 0;
      if (!quoted || inside++ < 20 || c == '<') brief += c;
    }
    std::smatch match;
    if (!std::regex_match(brief, match, kTag)) return "malformed tag " + brief;
    const std::string name = match[2];
    if (match[1] == "/") {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    } else if (match[4] != "/" && void_tags.count(name) == 0) {
      open.push_back(name);
    }
    if (name == "style" && match[1] != "/")
      at = text.find("</style>", at) - 1;
    else
      at = end;
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

inline std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + part.size()))
    ++n;
  return n;
}
