#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/config/diagnostics.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// A YAML value with its place; scalars keep their text, nothing is converted yet.
struct YamlNode {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string text;       ///< of a scalar
  bool quoted = false;    ///< a scalar in quotes, or a block scalar
  bool implicit = false;  ///< a section that an override made on its way to a key
  Place place;
  std::vector<YamlNode> items;                         ///< of a list
  std::vector<std::pair<YamlNode, YamlNode>> entries;  ///< of a map, in order, duplicates included

  const std::pair<YamlNode, YamlNode>* find(const std::string& key) const;
  std::pair<YamlNode, YamlNode>* find(const std::string& key);
};

/// Limits on what a text may ask of us; a bomb of 478 bytes can name 9^10 values.
struct YamlLimits {
  static constexpr std::int64_t kVisits = 100000;
  static constexpr int kDepth = 64;
  static constexpr std::size_t kBytes = std::size_t{1} << 20;
};

/// Reads one YAML document. Aliases are copied, each copied value counts as a visit; tags, `<<`,
/// cycles, a second document and everything past the limits is a mistake. Never lets yaml-cpp's
/// words out.
///
/// @param first_column characters before `text` on its line (the key of an override)
/// @param visits       when given: how many values were looked at
/// @return nothing when the text is no YAML
std::optional<YamlNode> parse_yaml(const std::string& text,
                                   int source,
                                   Diagnostics& diagnostics,
                                   int first_column = 0,
                                   std::int64_t* visits = nullptr);

/// Checks size, encoding, control characters and indentation, and takes the byte-order mark and
/// carriage returns away.
/// @return nothing when a mistake was found
std::optional<std::string> clean_text(const std::string& raw, int source, Diagnostics& diagnostics);

/// A default of the schema as if it had been written, at `Place::kDefault`.
YamlNode yaml_from_json(const Json& value);

/// The shortest text that reads back as the same double, always with a point or an exponent.
std::string number_text(double value);

/// Applies `a.b=v`, `+a.b=v`, `++a.b=v` and `~a.b` in their order.
void apply_overrides(const std::vector<std::string>& overrides,
                     YamlNode& root,
                     Diagnostics& diagnostics);

}  // namespace elbow
