#include "elbow/foundations/config/schema.h"

#include <algorithm>

namespace elbow {

Schema Schema::from_json(const Json& value) {
  std::vector<ComponentInfo> components;
  for (const auto& component : value.at("components"))
    components.push_back(ComponentInfo::from_json(component));
  return Schema(std::move(components));
}

Json Schema::to_json() const {
  Json out = Json::object();
  out["components"] = Json::array();
  for (const auto& component : components_) out["components"].push_back(component.to_json());
  return out;
}

std::vector<std::string> Schema::kinds() const {
  std::vector<std::string> out;
  for (const auto& component : components_)
    if (component.kind != "section" &&
        std::find(out.begin(), out.end(), component.kind) == out.end())
      out.push_back(component.kind);
  return out;
}

std::vector<std::string> Schema::names(const std::string& kind) const {
  std::vector<std::string> out;
  for (const auto& component : components_)
    if (component.kind == kind) out.push_back(component.name);
  return out;
}

const ComponentInfo* Schema::find(const std::string& kind, const std::string& name) const {
  for (const auto& component : components_)
    if (component.kind == kind && component.name == name) return &component;
  return nullptr;
}

}  // namespace elbow
