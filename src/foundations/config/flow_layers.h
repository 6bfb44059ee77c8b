#pragma once

#include "all_rules.h"

namespace elbow {

/// Calls `visit(path, layer)` for each layer of a list of flows.
template <class Visit>
void each_layer(const ConfigView& view, const std::string& list, Visit visit) {
  const Json* layers = view.value(list);
  if (layers == nullptr || !layers->is_array()) return;
  for (std::size_t i = 0; i < layers->size(); ++i)
    visit(list + "[" + std::to_string(i) + "]", (*layers)[i]);
}

/// Calls `refuse(path, type, help)` for each layer of a list of flows that has no inverse, nor is
/// asked for one by number.
template <class Refuse>
void each_without_inverse(const ConfigView& view, const std::string& list, Refuse refuse) {
  each_layer(view, list, [&](const std::string& path, const Json& layer) {
    const std::string type = layer.value("type", "");
    const ComponentInfo* row = view.schema().find("flow", type);
    const auto* traits = row == nullptr ? nullptr : row->find_traits<FlowTraits>();
    if (traits == nullptr || traits->has_inverse) return;
    const std::string& key = traits->inverse_key;
    if (!key.empty() && layer.value(key, false)) return;
    refuse(path + ".type", type, key.empty() ? "" : "set " + key + ": true in that layer, or ");
  });
}

inline bool has_flows(const ConfigView& view) {
  const Json* flows = view.value("guide.flows");
  return flows != nullptr && flows->is_array() && !flows->empty();
}

}  // namespace elbow
