#include <algorithm>
#include <array>
#include <map>

#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/config/yaml_tree.h"

namespace elbow {
namespace {

/// Words that need no quotes: nothing in them means anything to YAML.
bool is_plain(const std::string& text) {
  static const std::array<const char*, 10> kMeaning{
      "true", "false", "null", "Null", "NULL", "True", "False", "TRUE", "FALSE", "~"};
  if (text.empty() || std::find(kMeaning.begin(), kMeaning.end(), text) != kMeaning.end())
    return false;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto inner = [&letter](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/';
  };
  return (letter(text[0]) || text[0] == '/') && std::all_of(text.begin(), text.end(), inner);
}

std::string scalar_text(const Json& value) {
  if (value.is_number_float()) return number_text(value.get<double>());
  if (value.is_string() && is_plain(value.get<std::string>())) return value.get<std::string>();
  // A JSON string is a double-quoted YAML scalar.
  return value.dump();
}

bool is_block(const Json& value) {
  return (value.is_object() && !value.empty()) ||
         (value.is_array() && !value.empty() && value[0].is_object());
}

std::string flow_text(const Json& value) {
  if (value.is_object()) return "{}";
  if (!value.is_array()) return scalar_text(value);
  std::string out;
  for (const auto& item : value) out += (out.empty() ? "" : ", ") + scalar_text(item);
  return "[" + out + "]";
}

class Writer {
 public:
  explicit Writer(const Json& origins) : origins_(origins) {}

  /// Writes a map's keys; the first one after `lead` when it is given ("- " of a list).
  void map(const Json& value, const std::string& path, int indent, const std::string& lead = "") {
    std::string start = std::string(static_cast<std::size_t>(indent), ' ');
    if (!lead.empty()) start.replace(start.size() - lead.size(), lead.size(), lead);
    for (const auto& [key, below] : value.items()) {
      const std::string below_path = path.empty() ? key : path + "." + key;
      text_ += start + key + ":";
      start = std::string(static_cast<std::size_t>(indent), ' ');
      if (!is_block(below)) {
        text_ += " " + flow_text(below) + comment(below_path) + "\n";
      } else if (below.is_object()) {
        text_ += "\n";
        map(below, below_path, indent + 2);
      } else {
        text_ += "\n";
        for (std::size_t i = 0; i < below.size(); ++i)
          map(below[i], below_path + "[" + std::to_string(i) + "]", indent + 4, "- ");
      }
    }
  }

  const std::string& text() const { return text_; }

 private:
  std::string comment(const std::string& path) const {
    if (!origins_.is_object() || !origins_.contains(path)) return "";
    std::string origin = origins_.at(path).get<std::string>();
    // A file's name may hold anything, also a line break.
    std::replace_if(
        origin.begin(),
        origin.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20; },
        '?');
    return "  # " + origin;
  }

  const Json& origins_;
  std::string text_;
};

void flatten(const Json& value, const std::string& path, std::map<std::string, std::string>& out) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, below] : value.items())
      flatten(below, path.empty() ? key : path + "." + key, out);
  } else if (is_block(value)) {
    for (std::size_t i = 0; i < value.size(); ++i)
      flatten(value[i], path + "[" + std::to_string(i) + "]", out);
  } else {
    out[path] = flow_text(value);
  }
}

}  // namespace

std::string dump_config(const ResolvedConfig& config) {
  Writer writer(config.origins);
  writer.map(config.value, "", 0);
  return writer.text();
}

std::vector<std::string> config_differences(const Json& from, const Json& to) {
  std::map<std::string, std::string> before, after;
  flatten(from, "", before);
  flatten(to, "", after);
  std::vector<std::string> out;
  const auto text = [](const auto& map, const std::string& path) {
    const auto found = map.find(path);
    return found == map.end() ? std::string("(not set)") : found->second;
  };
  std::map<std::string, std::string> all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [path, unused] : all) {
    const std::string old_text = text(before, path), new_text = text(after, path);
    if (old_text != new_text) out.push_back(path + ": " + old_text + " -> " + new_text);
  }
  return out;
}

}  // namespace elbow
