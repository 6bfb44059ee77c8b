#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "elbow/foundations/core/config_node.h"

namespace elbow::io {

struct StrictJson {
  Json value;
  std::vector<std::size_t> key_offsets;  ///< byte of each key of the outermost object, in its order
};

struct JsonSource {
  std::string name;            ///< for messages
  std::size_t first_byte = 0;  ///< where the text begins in the file
  std::size_t max_depth = 64;  ///< nested objects and arrays
};

/// Parses one JSON value: UTF-8, no duplicate key, bounded depth, nothing after it but blanks.
/// Keeps the keys' order. Does not recurse, and takes time linear in the text (ordered_json's own
/// parser is quadratic in the keys of an object).
/// @throws DataError with byte offset, expected and found
StrictJson parse_strict_json(std::string_view text, const JsonSource& source);

/// A string from inside a file, quoted for a message: control characters escaped, long ones cut.
std::string quote(const std::string& text);

}  // namespace elbow::io
