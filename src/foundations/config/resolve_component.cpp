#include <algorithm>

#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/config/resolver.h"
#include "elbow/foundations/config/scalar.h"

namespace elbow {
namespace {

YamlNode scalar_node(const std::string& text, const Place& place) {
  YamlNode out;
  out.kind = YamlNode::Kind::scalar;
  out.text = text;
  out.place = place;
  return out;
}

/// Names stand in paths, columns and file names.
bool is_name(const std::string& text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_inner = [&is_letter](char c) {
    return is_letter(c) || c == '_' || (c >= '0' && c <= '9');
  };
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), is_inner);
}

/// Adds what the default component says and the overrides did not.
YamlNode merged(const YamlNode& node, const Json& defaults) {
  YamlNode out = node;
  for (auto& entry : yaml_from_json(defaults).entries)
    if (out.find(entry.first.text) == nullptr) out.entries.push_back(std::move(entry));
  return out;
}

/// Where a word that names no component of the kind is the choice of one of them: "'nuts' is a
/// choice of sampler: set type: hmc, sampler: nuts"; "" for a word that is none.
std::string where_it_is_a_choice(const Schema& schema,
                                 const std::string& kind,
                                 const std::string& word) {
  for (const std::string& name : schema.names(kind))
    for (const Parameter& one : schema.find(kind, name)->parameters)
      if (std::find(one.choices.begin(), one.choices.end(), word) != one.choices.end())
        return "'" + word + "' is a choice of " + one.name + ": set {type: " + name + ", " +
               one.name + ": " + word + "}";
  return "";
}

}  // namespace

std::optional<Json> Resolver::component(const Parameter& parameter,
                                        const YamlNode& node,
                                        const std::string& path,
                                        const Place& where) {
  const auto names = schema_.names(parameter.kind);
  if (node.kind != YamlNode::Kind::map) {
    const bool is_name =
        node.kind == YamlNode::Kind::scalar && schema_.find(parameter.kind, node.text) != nullptr;
    mistyped(parameter, node, path, is_name ? "did you mean '{type: " + node.text + "}'?" : "");
    return std::nullopt;
  }
  const auto* type = node.find("type");
  if (type == nullptr)
    if (const ComponentInfo* info = marked(parameter.kind, node))
      return component(parameter, merged(node, {{"type", info->name}}), path, where);
  const bool from_default = type == nullptr && node.implicit && parameter.default_value &&
                            parameter.default_value->is_object();
  if (from_default)
    return component(parameter, merged(node, *parameter.default_value), path, where);
  if (type == nullptr && !parameter.default_type.empty()) {
    const Json own = {{"type", parameter.default_type}};
    return component(parameter, merged(node, own), path, where);
  }
  if (type == nullptr) {
    diagnostics_.add(where,
                     path + ".type",
                     "missing key (expected the name of a component of kind " + parameter.kind +
                         ": " + comma_list(names) + ")",
                     "",
                     "elbow list " + parameter.kind);
    return std::nullopt;
  }
  remember(path + ".type", type->second.place);
  const ComponentInfo* info = type->second.kind == YamlNode::Kind::scalar
                                  ? schema_.find(parameter.kind, type->second.text)
                                  : nullptr;
  if (info == nullptr) {
    unknown_type(parameter, type->second, path);
    return std::nullopt;
  }
  const bool is_schedule = parameter.type == ParameterType::schedule;
  return section({*info, node, path, where, is_schedule ? &parameter : nullptr});
}

void Resolver::unknown_type(const Parameter& parameter,
                            const YamlNode& type,
                            const std::string& path) {
  const auto names = schema_.names(parameter.kind);
  const std::string expected = "expected one of " + comma_list(names);
  const std::string help = "elbow list " + parameter.kind;
  if (type.kind != YamlNode::Kind::scalar) {
    const Place place = type.kind == YamlNode::Kind::null ? places_.at(path + ".type") : type.place;
    diagnostics_.add(place, path + ".type", expected, "", help);
    return;
  }
  std::string suggestion;
  const std::string nearest = nearest_word(type.text, names);
  if (!nearest.empty()) suggestion = "did you mean '" + nearest + "'?";
  for (const auto& kind : schema_.kinds())
    if (suggestion.empty() && schema_.find(kind, type.text) != nullptr)
      suggestion = "'" + type.text + "' is of kind " + kind;
  if (suggestion.empty()) suggestion = where_it_is_a_choice(schema_, parameter.kind, type.text);
  const std::string message =
      "no component of kind " + parameter.kind + " is called '" + type.text.substr(0, 60) + "'";
  diagnostics_.add(type.place, path + ".type", message + " (" + expected + ")", suggestion, help);
}

std::optional<Json> Resolver::components(const Parameter& parameter,
                                         const YamlNode& node,
                                         const std::string& path) {
  if (node.kind != YamlNode::Kind::list) {
    const bool single = node.kind == YamlNode::Kind::map;
    mistyped(parameter, node, path, single ? "did you mean a list of one, '[{type: ...}]'?" : "");
    return std::nullopt;
  }
  Parameter item = Parameter::component(parameter.name, parameter.kind, parameter.help);
  Json out = Json::array();
  bool complete = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string below = path + "[" + std::to_string(i) + "]";
    remember(below, node.items[i].place);
    auto resolved = component(item, node.items[i], below, node.items[i].place);
    complete = complete && resolved.has_value();
    if (resolved) out.push_back(std::move(*resolved));
  }
  if (node.items.empty()) origins_[path] = diagnostics_.origin(node.place);
  return complete ? std::optional<Json>(std::move(out)) : std::nullopt;
}

const ComponentInfo* Resolver::marked(const std::string& kind, const YamlNode& node) const {
  for (const auto& info : schema_.components())
    if (info.kind == kind && !info.mark.empty() && node.find(info.mark) != nullptr) return &info;
  return nullptr;
}

std::optional<Json> Resolver::named_components(const Parameter& parameter,
                                               const YamlNode& node,
                                               const std::string& path) {
  if (node.kind != YamlNode::Kind::map || node.entries.empty()) {
    mistyped(parameter, node, path, "did you mean '{z: {...}}'?");
    return std::nullopt;
  }
  Parameter item = Parameter::component(parameter.name, parameter.kind, parameter.help);
  item.default_type = parameter.default_type;
  Json out = Json::object();
  bool complete = true;
  for (const auto& [name, below] : node.entries) {
    const std::string here = path + "." + name.text;
    if (out.contains(name.text)) {
      diagnostics_.add(name.place, here, "duplicate key, set above");
      complete = false;
      continue;
    }
    if (!is_name(name.text)) {
      diagnostics_.add(name.place,
                       here,
                       "'" + name.text.substr(0, 60) + "' is no name",
                       "",
                       "a letter first, then letters, digits and underscores");
      complete = false;
      continue;
    }
    remember(here, name.place);
    auto resolved = component(item, below, here, name.place);
    complete = complete && resolved.has_value();
    out[name.text] = resolved ? std::move(*resolved) : Json();
  }
  return complete ? std::optional<Json>(std::move(out)) : std::nullopt;
}

std::optional<Json> Resolver::schedule(const Parameter& parameter,
                                       const YamlNode& node,
                                       const std::string& path,
                                       const Place& where) {
  if (node.kind == YamlNode::Kind::map) return component(parameter, node, path, where);
  if (node.kind != YamlNode::Kind::scalar) {
    mistyped(parameter, node, path);
    return std::nullopt;
  }
  Parameter number = parameter;
  number.type = ParameterType::number;
  const Converted converted = convert_scalar(number, node.text, node.quoted);
  if (!converted.problem.empty()) {
    const bool out_of_range = converted.problem.rfind("must be", 0) == 0;
    if (schema_.find("schedule", node.text) != nullptr)
      mistyped(parameter, node, path, "did you mean '{type: " + node.text + ", ...}'?");
    else if (out_of_range)
      diagnostics_.add(node.place, path, converted.problem);
    else
      mistyped(parameter, node, path);
    return std::nullopt;
  }
  YamlNode constant;
  constant.kind = YamlNode::Kind::map;
  constant.place = node.place;
  constant.entries.emplace_back(scalar_node("type", node.place),
                                scalar_node("constant", node.place));
  constant.entries.emplace_back(scalar_node("value", node.place), node);
  return component(parameter, constant, path, where);
}

}  // namespace elbow
