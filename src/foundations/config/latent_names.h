#pragma once

#include <string>
#include <vector>

#include "config_view.h"

namespace elbow {

using Names = std::vector<std::string>;

/// The names of a map of components in its order; none where there is no such map.
inline Names names_at(const ConfigView& view, const std::string& path) {
  Names out;
  const Json* found = view.value(path);
  if (found == nullptr || !found->is_object()) return out;
  for (const auto& item : found->items()) out.push_back(item.key());
  return out;
}

inline Names texts_at(const ConfigView& view, const std::string& path) {
  const Json* found = view.value(path);
  return found == nullptr || !found->is_array() ? Names() : found->get<Names>();
}

}  // namespace elbow
