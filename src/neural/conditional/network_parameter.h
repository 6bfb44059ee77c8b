#pragma once

#include <string>

#include "elbow/foundations/core/component.h"
#include "elbow/neural/nn/network.h"

namespace elbow {

/// The key `network` of a conditional distribution; its default is an mlp with every default
/// written out.
inline Parameter network_parameter(const std::string& help) {
  Json value = {{"type", "mlp"}};
  for (const ComponentInfo& info : network_factory().infos())
    if (info.name == "mlp")
      for (const Parameter& parameter : info.parameters)
        if (parameter.default_value) value[parameter.name] = *parameter.default_value;
  return Parameter::component("network", "network", help).defaults(std::move(value));
}

}  // namespace elbow
