#include <array>
#include <charconv>
#include <cmath>

#include "elbow/foundations/config/yaml_tree.h"

namespace elbow {

std::string number_text(double value) {
  const double size = std::fabs(value);
  const bool plain = size == 0.0 || (size >= 1e-4 && size < 1e16);
  std::array<char, 64> buffer{};
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  std::string out(buffer.data(), end);
  if (plain && out.find('.') == std::string::npos) out += ".0";
  return out;
}

YamlNode yaml_from_json(const Json& value) {
  YamlNode out;
  const auto scalar = [&out](std::string text, bool quoted) {
    out.kind = YamlNode::Kind::scalar;
    out.text = std::move(text);
    out.quoted = quoted;
  };
  if (value.is_string()) {
    // Not quoted: a default of "90s" or "auto" reads like the same word in a file.
    scalar(value.get<std::string>(), false);
  } else if (value.is_number_float()) {
    scalar(number_text(value.get<double>()), false);
  } else if (value.is_number() || value.is_boolean()) {
    scalar(value.dump(), false);
  } else if (value.is_array()) {
    out.kind = YamlNode::Kind::list;
    for (const auto& item : value) out.items.push_back(yaml_from_json(item));
  } else if (value.is_object()) {
    out.kind = YamlNode::Kind::map;
    for (const auto& [key, below] : value.items())
      out.entries.emplace_back(yaml_from_json(Json(key)), yaml_from_json(below));
  }
  return out;
}

}  // namespace elbow
