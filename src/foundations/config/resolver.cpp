#include "elbow/foundations/config/resolver.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/config/scalar.h"

namespace elbow {
namespace {

std::string join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

std::string described(const ComponentInfo& info) {
  return "elbow describe " + (info.kind == "section" ? info.name : info.kind);
}

std::vector<std::string> keys_of(const ComponentInfo& info) {
  std::vector<std::string> out;
  if (info.kind != "section") out.push_back("type");
  for (const auto& parameter : info.parameters) out.push_back(parameter.name);
  return out;
}

std::string did_you_mean(const std::string& word) {
  return word.empty() ? "" : "did you mean '" + word + "'?";
}

/// "section trainer", "optimizer adam".
std::string owner_name(const ComponentInfo& info) { return info.kind + " " + info.name; }

/// A misspelt key that no key of its own section resembles may belong to another one.
std::string suggest_elsewhere(const Schema& schema, const std::string& key) {
  std::vector<std::string> all;
  for (const auto& info : schema.components())
    for (const auto& name : keys_of(info))
      if (name != "type") all.push_back(name);
  // Among so many keys every short word is near to something.
  constexpr std::size_t kShortest = 5;
  const bool is_known = std::count(all.begin(), all.end(), key) != 0;
  if (!is_known && key.size() < kShortest) return "";
  const std::string nearest = is_known ? key : nearest_word(key, all);
  for (const auto& info : schema.components()) {
    if (nearest.empty() || info.find(nearest) == nullptr) continue;
    if (info.kind == "section" && info.name == "experiment")
      return "did you mean '" + nearest + "' at the top level?";
    return "did you mean '" + nearest + "' of " + owner_name(info) + "?";
  }
  for (const auto& kind : schema.kinds())
    if (const auto name = nearest_word(key, schema.names(kind)); !name.empty())
      return "did you mean the " + kind + " '" + name + "'?";
  return "";
}

}  // namespace

Json Resolver::experiment(const YamlNode& root) {
  const ComponentInfo* info = schema_.section("experiment");
  if (info == nullptr) throw std::logic_error("schema: there is no section 'experiment'");
  Place top = root.place;
  remember("", top);
  return section({*info, root, "", top});
}

void Resolver::remember(const std::string& path, const Place& place) {
  if (place.source != Place::kDefault) places_.emplace(path, place);
}

Place nearest_place(const Places& places, std::string path) {
  while (!path.empty()) {
    if (const auto found = places.find(path); found != places.end()) return found->second;
    const std::size_t cut = path.find_last_of(".[");
    path.erase(cut == std::string::npos ? 0 : cut);
  }
  return places.at("");
}

Json Resolver::section(const Scope& scope) {
  check_keys(scope);
  Json out = Json::object();
  if (scope.info.kind != "section") {
    out["type"] = scope.info.name;
    origins_[join(scope.path, "type")] = diagnostics_.origin(scope.map.find("type")->second.place);
  }
  for (const auto& parameter : scope.info.parameters) {
    const auto* entry = scope.map.find(parameter.name);
    const std::string path = join(scope.path, parameter.name);
    if (entry == nullptr) {
      absent(scope, parameter, out);
      continue;
    }
    const auto& [key, node] = *entry;
    remember(path, node.kind == YamlNode::Kind::scalar ? node.place : key.place);
    const bool unset = node.kind == YamlNode::Kind::null;
    if (unset && parameter.default_value && parameter.default_value->is_null()) continue;
    auto resolved = value(in_outer_range(scope, parameter), node, path, key.place);
    if (resolved) out[parameter.name] = std::move(*resolved);
  }
  return out;
}

Parameter Resolver::in_outer_range(const Scope& scope, const Parameter& parameter) {
  static const std::set<std::string> kHeights{"value", "values", "from", "to"};
  if (scope.range == nullptr || parameter.minimum || parameter.maximum) return parameter;
  const auto& all = scope.info.parameters;
  const bool wraps = std::any_of(all.begin(), all.end(), [](const Parameter& other) {
    return other.type == ParameterType::schedule;
  });
  // The numbers of a schedule around a schedule (a warm-up) are fractions of the inner one's.
  const bool applies =
      wraps ? parameter.type == ParameterType::schedule : kHeights.count(parameter.name) != 0;
  Parameter out = parameter;
  if (applies) {
    out.minimum = scope.range->minimum;
    out.maximum = scope.range->maximum;
    out.exclusive_minimum = scope.range->exclusive_minimum;
    out.exclusive_maximum = scope.range->exclusive_maximum;
  }
  return out;
}

void Resolver::check_keys(const Scope& scope) {
  const auto& entries = scope.map.entries;
  std::map<std::string, Place> first;
  for (const auto& [key, node] : entries) {
    const auto [seen, is_new] = first.emplace(key.text, key.place);
    if (!is_new) {
      diagnostics_.add(key.place,
                       join(scope.path, key.text),
                       "duplicate key, first set at line " + std::to_string(seen->second.line));
      continue;
    }
    const bool is_type = key.text == "type" && scope.info.kind != "section";
    if (!is_type && scope.info.find(key.text) == nullptr) unknown_key(scope, key);
  }
}

void Resolver::unknown_key(const Scope& scope, const YamlNode& key) {
  const std::string meant = nearest_word(key.text, keys_of(scope.info));
  if (!meant.empty() && scope.map.find(meant) == nullptr)
    diagnostics_.excuse(join(scope.path, meant));
  std::string suggestion = did_you_mean(meant);
  if (suggestion.empty()) suggestion = suggest_elsewhere(schema_, key.text);
  diagnostics_.add_unknown(
      key.place, join(scope.path, key.text), suggestion, described(scope.info));
}

bool Resolver::has_all_defaults(const ComponentInfo& info) const {
  return std::all_of(
      info.parameters.begin(), info.parameters.end(), [this](const Parameter& parameter) {
        if (parameter.default_value) return true;
        if (parameter.type != ParameterType::section) return false;
        const ComponentInfo* below = schema_.section(parameter.kind);
        return below != nullptr && has_all_defaults(*below);
      });
}

void Resolver::absent(const Scope& scope, const Parameter& parameter, Json& out) {
  const std::string path = join(scope.path, parameter.name);
  const bool is_section = parameter.type == ParameterType::section;
  if (parameter.default_value && parameter.default_value->is_null()) return;
  if (parameter.default_value) {
    auto resolved = value(parameter, yaml_from_json(*parameter.default_value), path, Place{});
    if (resolved) out[parameter.name] = std::move(*resolved);
    return;
  }
  const ComponentInfo* below = is_section ? schema_.section(parameter.kind) : nullptr;
  if (below != nullptr && has_all_defaults(*below)) {
    out[parameter.name] = section({*below, YamlNode{}, path, Place{}});
    return;
  }
  if (diagnostics_.is_excused(path)) return;
  std::string needed = expected_text(parameter);
  if (below != nullptr) {
    std::vector<std::string> required;
    for (const auto& key : below->parameters)
      if (!key.default_value) required.push_back(key.name);
    needed = "a section with " + comma_list(required);
  } else if (!parameter.kind.empty()) {
    needed += ", one of " + comma_list(schema_.names(parameter.kind));
  }
  diagnostics_.add(
      scope.where, path, "missing key (expected " + needed + ")", "", described(scope.info));
}

std::optional<Json> Resolver::value(const Parameter& parameter,
                                    const YamlNode& node,
                                    const std::string& path,
                                    const Place& where) {
  const bool is_word =
      node.kind == YamlNode::Kind::scalar && !parameter.word.empty() && node.text == parameter.word;
  if (is_word) return scalar(parameter, node, path);
  switch (parameter.type) {
    case ParameterType::integers:
    case ParameterType::numbers:
    case ParameterType::texts:
      return list(parameter, node, path);
    case ParameterType::schedule:
      return schedule(parameter, node, path, where);
    case ParameterType::component:
      return component(parameter, node, path, where);
    case ParameterType::components:
      return components(parameter, node, path);
    case ParameterType::named_components:
      return named_components(parameter, node, path);
    case ParameterType::section:
      return subsection(parameter, node, path, where);
    default:
      return scalar(parameter, node, path);
  }
}

void Resolver::mistyped(const Parameter& parameter,
                        const YamlNode& node,
                        const std::string& path,
                        const std::string& hint) {
  std::string got = "'" + node.text.substr(0, 60) + "'";
  if (node.kind == YamlNode::Kind::null) got = "nothing";
  if (node.kind == YamlNode::Kind::list) got = "a list";
  if (node.kind == YamlNode::Kind::map) got = "a map";
  const bool may_be_absent = parameter.default_value.has_value();
  std::string help =
      node.kind == YamlNode::Kind::null && may_be_absent ? "remove the key to use the default" : "";
  Place place = node.place;
  // Nothing has no place worth showing in a file; its key has.
  const bool show_key = node.kind == YamlNode::Kind::null && diagnostics_.is_file(place.source);
  if (show_key && places_.count(path) != 0) place = places_.at(path);
  diagnostics_.add(
      place, path, "expected " + expected_text(parameter) + ", got " + got, hint, help);
}

std::optional<Json> Resolver::scalar(const Parameter& parameter,
                                     const YamlNode& node,
                                     const std::string& path) {
  if (node.kind != YamlNode::Kind::scalar) {
    mistyped(parameter, node, path);
    return std::nullopt;
  }
  Converted converted = convert_scalar(parameter, node.text, node.quoted);
  if (!converted.problem.empty()) {
    std::string suggestion;
    if (parameter.type == ParameterType::choice)
      suggestion = did_you_mean(nearest_word(node.text, parameter.choices));
    if (suggestion.empty() && !parameter.word.empty())
      suggestion = did_you_mean(nearest_word(node.text, {parameter.word}));
    diagnostics_.add(node.place, path, converted.problem, suggestion);
    return std::nullopt;
  }
  origins_[path] = diagnostics_.origin(node.place);
  return std::move(converted.value);
}

std::optional<Json> Resolver::list(const Parameter& parameter,
                                   const YamlNode& node,
                                   const std::string& path) {
  if (node.kind != YamlNode::Kind::list) {
    const bool scalar_given = node.kind == YamlNode::Kind::scalar;
    mistyped(parameter, node, path, scalar_given ? "did you mean '[" + node.text + "]'?" : "");
    return std::nullopt;
  }
  Parameter item = parameter;
  item.default_value.reset();
  item.type = parameter.type == ParameterType::integers  ? ParameterType::integer
              : parameter.type == ParameterType::numbers ? ParameterType::number
                                                         : ParameterType::text;
  Json out = Json::array();
  bool complete = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string below = path + "[" + std::to_string(i) + "]";
    auto resolved = scalar(item, node.items[i], below);
    origins_.erase(below);
    complete = complete && resolved.has_value();
    if (resolved) out.push_back(std::move(*resolved));
  }
  origins_[path] = diagnostics_.origin(node.place);
  return complete ? std::optional<Json>(std::move(out)) : std::nullopt;
}

std::optional<Json> Resolver::subsection(const Parameter& parameter,
                                         const YamlNode& node,
                                         const std::string& path,
                                         const Place& where) {
  const ComponentInfo* info = schema_.section(parameter.kind);
  if (info == nullptr)
    throw std::logic_error("schema: there is no section '" + parameter.kind + "'");
  if (node.kind != YamlNode::Kind::map) {
    mistyped(parameter, node, path);
    return std::nullopt;
  }
  return section({*info, node, path, where});
}

}  // namespace elbow
