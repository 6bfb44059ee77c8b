#pragma once

#include <string>

#include "elbow/foundations/core/config_node.h"

namespace elbow::io {

/// Reads a JSON file: strict syntax, no duplicate key, depth <= 64, at most 64 MiB.
/// @throws DataError with file and byte offset; IoError when the device fails half way
Json read_json(const std::string& path);

/// Writes JSON with an indent of 2 and a final newline by write_file. Non-finite numbers become
/// null, bytes that are not UTF-8 the replacement character.
/// @throws IoError
void write_json(const std::string& path, const Json& value, bool durable = true);

}  // namespace elbow::io
