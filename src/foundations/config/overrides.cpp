#include <algorithm>
#include <charconv>

#include "elbow/foundations/config/yaml_tree.h"

namespace elbow {
namespace {

enum class Action { set, add, add_or_set, remove };

/// One step of a dotted path: a key, or an index into the list that the step before gave.
struct PathStep {
  std::string key;
  std::size_t index = 0;
  bool is_index = false;
};

struct Override {
  Action action = Action::set;
  std::string path;
  std::vector<PathStep> steps;
  YamlNode value;
  Place place;
};

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// "a.b[0].c" as steps; nothing when it is no path.
std::optional<std::vector<PathStep>> split_path(const std::string& path) {
  std::vector<PathStep> steps;
  for (std::size_t at = 0; at < path.size();) {
    if (path[at] == '[') {
      PathStep step;
      step.is_index = true;
      const char* end = path.data() + path.size();
      const auto [rest, error] = std::from_chars(path.data() + at + 1, end, step.index);
      if (steps.empty() || error != std::errc{} || rest == end || *rest != ']') return std::nullopt;
      at = static_cast<std::size_t>(rest - path.data()) + 1;
      steps.push_back(step);
      continue;
    }
    if (!steps.empty() && path[at++] != '.') return std::nullopt;
    const std::size_t start = at;
    while (at < path.size() && is_key_character(path[at])) ++at;
    if (at == start) return std::nullopt;
    steps.push_back({path.substr(start, at - start)});
  }
  if (steps.empty() || steps.size() >= static_cast<std::size_t>(YamlLimits::kDepth))
    return std::nullopt;
  return steps;
}

Action take_action(std::string& text) {
  const auto starts = [&text](const char* sign) { return text.rfind(sign, 0) == 0; };
  const Action action = starts("++")  ? Action::add_or_set
                        : starts("+") ? Action::add
                        : starts("~") ? Action::remove
                                      : Action::set;
  text.erase(0, action == Action::add_or_set ? 2 : action == Action::set ? 0 : 1);
  return action;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

void move_to_command_line(YamlNode& node, const Place& place) {
  node.place = place;
  for (auto& item : node.items) move_to_command_line(item, place);
  for (auto& [key, value] : node.entries) {
    move_to_command_line(key, place);
    move_to_command_line(value, place);
  }
}

bool parse_value(const std::string& raw, Override& out, Diagnostics& diagnostics) {
  const auto text = clean_text(raw, out.place.source, diagnostics);
  if (!text) return false;
  if (trimmed(*text).empty()) {
    diagnostics.add(
        out.place, out.path, "expected a value after '='", "", "to remove the key: ~" + out.path);
    return false;
  }
  auto value = parse_yaml(*text, out.place.source, diagnostics);
  if (!value) return false;
  const bool plain = value->kind == YamlNode::Kind::scalar && !value->quoted;
  const bool is_tagged = trimmed(*text)[0] == '!';  // already a mistake
  if (plain && !is_tagged && value->text != trimmed(*text)) {
    diagnostics.add(
        out.place, out.path, "a part of the value would be lost", "", "put the value in quotes");
    return false;
  }
  move_to_command_line(*value, out.place);
  out.value = std::move(*value);
  return true;
}

std::optional<Override> parse_override(const std::string& text, Diagnostics& diagnostics) {
  static const std::string kForms =
      "key=value, section.key=value, flows[0].count=2, +key=value, ++key=value or ~key";
  Override out;
  out.place.source = diagnostics.add_override(text);
  std::string rest = text;
  out.action = take_action(rest);
  const std::size_t equals = rest.find('=');
  out.path = rest.substr(0, equals);
  const bool removes = out.action == Action::remove;
  if (removes && equals != std::string::npos) {
    diagnostics.add(
        out.place, out.path, "'~' removes a key and takes no value", "", "write ~" + out.path);
    return std::nullopt;
  }
  if (!removes && equals == std::string::npos) {
    diagnostics.add(
        out.place, out.path, "expected key=value, there is no '='", "", "one of " + kForms);
    return std::nullopt;
  }
  auto steps = split_path(out.path);
  if (!steps) {
    diagnostics.add(out.place, "", "'" + out.path + "' is no key", "", "one of " + kForms);
    return std::nullopt;
  }
  out.steps = std::move(*steps);
  if (!removes && !parse_value(rest.substr(equals + 1), out, diagnostics)) return std::nullopt;
  return out;
}

std::string path_until(const std::vector<PathStep>& steps, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (steps[i].is_index)
      out += "[" + std::to_string(steps[i].index) + "]";
    else
      out += (out.empty() ? "" : ".") + steps[i].key;
  }
  return out;
}

/// Walks to the value that holds the last step, making sections on the way.
class Applier {
 public:
  Applier(const Override& change, YamlNode& root, Diagnostics& diagnostics)
      : change_(change), root_(root), diagnostics_(diagnostics) {}

  void apply() {
    YamlNode* holder = &root_;
    for (std::size_t i = 0; i + 1 < change_.steps.size() && holder != nullptr; ++i)
      holder = enter(*holder, i);
    if (holder == nullptr || !fits(*holder, change_.steps.size() - 1)) return;
    if (change_.steps.back().is_index)
      apply_to_list(*holder);
    else
      apply_to_map(*holder);
  }

 private:
  YamlNode* enter(YamlNode& holder, std::size_t at) {
    if (!fits(holder, at)) return nullptr;
    const PathStep& step = change_.steps[at];
    if (step.is_index) {
      if (step.index < holder.items.size()) return &holder.items[step.index];
      refuse_index(holder, step.index);
      return nullptr;
    }
    if (auto* entry = holder.find(step.key)) return &entry->second;
    if (change_.action == Action::remove) {
      refuse("is not set, there is nothing to remove");
      return nullptr;
    }
    return &append(holder, step.key, YamlNode{}).second;
  }

  /// A section that is not there yet, or left empty, becomes one.
  bool fits(YamlNode& holder, std::size_t at) {
    const bool wants_list = change_.steps[at].is_index;
    if (holder.kind == YamlNode::Kind::null) {
      holder.kind = wants_list ? YamlNode::Kind::list : YamlNode::Kind::map;
      holder.place = change_.place;
      holder.implicit = true;
    }
    if (holder.kind == (wants_list ? YamlNode::Kind::list : YamlNode::Kind::map)) return true;
    const std::string held = path_until(change_.steps, at);
    const std::string got = holder.kind == YamlNode::Kind::scalar ? "'" + holder.text + "'"
                            : holder.kind == YamlNode::Kind::list ? "a list"
                                                                  : "a map";
    refuse(held + " is " + got + " (" + diagnostics_.origin(holder.place) + "), not " +
               (wants_list ? "a list" : "a section"),
           "replace it as a whole: " + held + (wants_list ? "=[...]" : "={type: ...}"));
    return false;
  }

  void apply_to_map(YamlNode& holder) {
    const std::string& key = change_.steps.back().key;
    auto* entry = holder.find(key);
    if (change_.action == Action::remove) {
      if (entry == nullptr) return refuse("is not set, there is nothing to remove");
      auto& all = holder.entries;
      const auto named = [&key](const auto& candidate) { return candidate.first.text == key; };
      all.erase(std::remove_if(all.begin(), all.end(), named), all.end());
    } else if (entry == nullptr) {
      append(holder, key, change_.value);
    } else if (change_.action == Action::add) {
      const std::string where = diagnostics_.origin(entry->second.place);
      refuse("is already set (" + where + ")",
             "to change it: " + change_.path + "=..., or ++" + change_.path + "=...");
    } else {
      entry->second = change_.value;
    }
  }

  void apply_to_list(YamlNode& holder) {
    const std::size_t index = change_.steps.back().index;
    const bool may_append = change_.action == Action::add || change_.action == Action::add_or_set;
    if (index == holder.items.size() && may_append) {
      holder.items.push_back(change_.value);
    } else if (index >= holder.items.size()) {
      refuse_index(holder, index);
    } else if (change_.action == Action::remove) {
      holder.items.erase(holder.items.begin() + static_cast<std::ptrdiff_t>(index));
    } else if (change_.action == Action::add) {
      refuse("is already set (" + diagnostics_.origin(holder.items[index].place) + ")");
    } else {
      holder.items[index] = change_.value;
    }
  }

  std::pair<YamlNode, YamlNode>& append(YamlNode& holder, const std::string& key, YamlNode value) {
    YamlNode name;
    name.kind = YamlNode::Kind::scalar;
    name.text = key;
    name.place = change_.place;
    value.place = change_.place;
    return holder.entries.emplace_back(std::move(name), std::move(value));
  }

  void refuse_index(const YamlNode& holder, std::size_t index) {
    const std::size_t size = holder.items.size();
    refuse("the list has " + std::to_string(size) + (size == 1 ? " item" : " items") +
               ", there is no [" + std::to_string(index) + "] (counted from 0)",
           "to append: +" + path_until(change_.steps, change_.steps.size()) + " with the index " +
               std::to_string(size));
  }

  void refuse(const std::string& message, const std::string& help = "") {
    diagnostics_.add(change_.place, change_.path, message, "", help);
  }

  const Override& change_;
  YamlNode& root_;
  Diagnostics& diagnostics_;
};

}  // namespace

void apply_overrides(const std::vector<std::string>& overrides,
                     YamlNode& root,
                     Diagnostics& diagnostics) {
  for (const auto& text : overrides)
    if (const auto change = parse_override(text, diagnostics))
      Applier(*change, root, diagnostics).apply();
}

}  // namespace elbow
