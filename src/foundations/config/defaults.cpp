#include "defaults.h"

namespace elbow {
namespace {

/// @param own what the default of the component itself says, above that of its parameters
std::string change_below(const Schema& schema,
                         const ComponentInfo& info,
                         const Json& value,
                         const Json& own,
                         const std::string& path) {
  for (Parameter parameter : info.parameters) {
    if (!value.is_object() || !value.contains(parameter.name)) continue;
    if (own.is_object() && own.contains(parameter.name))
      parameter.default_value = own.at(parameter.name);
    const std::string found =
        first_change(schema, parameter, value.at(parameter.name), path + "." + parameter.name);
    if (!found.empty()) return found;
  }
  return "";
}

/// A number stands for a constant schedule.
Json as_component(const Parameter& parameter, const Json& value) {
  if (parameter.type != ParameterType::schedule || value.is_object()) return value;
  return {{"type", "constant"}, {"value", value}};
}

}  // namespace

std::string first_change(const Schema& schema,
                         const Parameter& parameter,
                         const Json& value,
                         const std::string& path) {
  if (value.is_null()) return "";
  const Json usual = parameter.default_value.value_or(Json());
  if (parameter.type == ParameterType::section) {
    const ComponentInfo* info = schema.section(parameter.kind);
    return info == nullptr ? "" : change_below(schema, *info, value, usual, path);
  }
  if (parameter.type != ParameterType::component && parameter.type != ParameterType::schedule)
    return value == usual ? "" : path;
  const Json expected = as_component(parameter, usual), found = as_component(parameter, value);
  const std::string kind = parameter.type == ParameterType::schedule ? "schedule" : parameter.kind;
  if (!found.is_object() || !expected.is_object()) return path;
  if (found.value("type", "") != expected.value("type", parameter.default_type))
    return path + ".type";
  const ComponentInfo* info = schema.find(kind, found.value("type", ""));
  const std::string changed =
      info == nullptr ? "" : change_below(schema, *info, found, expected, path);
  // A plain number stands for a constant schedule: its key is the place that somebody wrote.
  return parameter.type == ParameterType::schedule && !changed.empty() ? path : changed;
}

}  // namespace elbow
