#pragma once

#include <string>
#include <vector>

#include "elbow/foundations/core/component.h"

namespace elbow {

/// Every component and section that a configuration can name. The trainer makes it from its
/// factories; the front end carries the JSON that the build wrote from the trainer. The section
/// called "experiment" is the top level of a configuration.
class Schema {
 public:
  explicit Schema(std::vector<ComponentInfo> components) : components_(std::move(components)) {}
  static Schema from_json(const Json& value);
  Json to_json() const;

  const std::vector<ComponentInfo>& components() const { return components_; }
  std::vector<std::string> kinds() const;  ///< in order of first appearance, no "section"
  std::vector<std::string> names(const std::string& kind) const;
  const ComponentInfo* find(const std::string& kind, const std::string& name) const;
  const ComponentInfo* section(const std::string& name) const { return find("section", name); }

  /// JSON Schema (draft 2020-12) of one section, or of the whole configuration with "".
  Json json_schema(const std::string& section = "") const;
  /// Markdown reference of all sections and components (docs/configuration.md).
  std::string markdown_reference() const;

 private:
  std::vector<ComponentInfo> components_;
};

}  // namespace elbow
