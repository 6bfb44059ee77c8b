#pragma once

#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow::testing {

/// A component's configuration with every default written out and some keys replaced.
inline Json resolved(const ComponentInfo& info, const Json& overrides = Json::object()) {
  Json out = {{"type", info.name}};
  for (const Parameter& parameter : info.parameters)
    out[parameter.name] = parameter.default_value.value_or(Json());
  for (const auto& [key, value] : overrides.items()) out[key] = value;
  return out;
}

/// The row of a factory by its name.
template <class SomeFactory>
const ComponentInfo& info_in(const SomeFactory& factory, const std::string& name) {
  for (const auto& row : factory.rows())
    if (row.info.name == name) return row.info;
  throw std::logic_error("no " + factory.kind() + " is called " + name);
}

}  // namespace elbow::testing
