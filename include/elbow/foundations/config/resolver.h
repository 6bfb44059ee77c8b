#pragma once

#include <map>
#include <optional>
#include <string>

#include "elbow/foundations/config/schema.h"
#include "elbow/foundations/config/yaml_tree.h"

namespace elbow {

/// Dotted path of a key -> where it was written.
using Places = std::map<std::string, Place>;

/// Where a key was written; of a key that is not written, where the nearest section above it was.
Place nearest_place(const Places& places, std::string path);

/// Turns a YAML tree into a resolved configuration: every key known, of its type and in its range,
/// every default written out. Diagnostics are collected; after any, the value is incomplete.
class Resolver {
 public:
  Resolver(const Schema& schema, Diagnostics& diagnostics)
      : schema_(schema), diagnostics_(diagnostics) {}

  /// @param root a map
  Json experiment(const YamlNode& root);
  /// Flat object: dotted path -> where its value comes from.
  const Json& origins() const { return origins_; }
  const Places& places() const { return places_; }

 private:
  /// One section or component while it is read.
  struct Scope {
    const ComponentInfo& info;
    const YamlNode& map;
    std::string path;
    Place where;                       ///< place of its own key, for what is missing in it
    const Parameter* range = nullptr;  ///< of the schedule parameter that this component stands for
  };

  Json section(const Scope& scope);
  /// The parameter with the range of the schedule parameter that its component stands for.
  static Parameter in_outer_range(const Scope& scope, const Parameter& parameter);
  void check_keys(const Scope& scope);
  void unknown_key(const Scope& scope, const YamlNode& key);
  void absent(const Scope& scope, const Parameter& parameter, Json& out);
  std::optional<Json> value(const Parameter& parameter,
                            const YamlNode& node,
                            const std::string& path,
                            const Place& where);
  std::optional<Json> scalar(const Parameter& parameter,
                             const YamlNode& node,
                             const std::string& path);
  std::optional<Json> list(const Parameter& parameter,
                           const YamlNode& node,
                           const std::string& path);
  std::optional<Json> schedule(const Parameter& parameter,
                               const YamlNode& node,
                               const std::string& path,
                               const Place& where);
  std::optional<Json> components(const Parameter& parameter,
                                 const YamlNode& node,
                                 const std::string& path);
  std::optional<Json> named_components(const Parameter& parameter,
                                       const YamlNode& node,
                                       const std::string& path);
  /// The component of that kind that a map without `type` is by one of its keys; null for none.
  const ComponentInfo* marked(const std::string& kind, const YamlNode& node) const;
  std::optional<Json> component(const Parameter& parameter,
                                const YamlNode& node,
                                const std::string& path,
                                const Place& where);
  std::optional<Json> subsection(const Parameter& parameter,
                                 const YamlNode& node,
                                 const std::string& path,
                                 const Place& where);
  void unknown_type(const Parameter& parameter, const YamlNode& type, const std::string& path);
  void mistyped(const Parameter& parameter,
                const YamlNode& node,
                const std::string& path,
                const std::string& hint = "");
  bool has_all_defaults(const ComponentInfo& info) const;
  void remember(const std::string& path, const Place& place);

  const Schema& schema_;
  Diagnostics& diagnostics_;
  Json origins_ = Json::object();
  Places places_;
};

}  // namespace elbow
