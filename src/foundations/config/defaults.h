#pragma once

#include <string>

#include "elbow/foundations/config/schema.h"

namespace elbow {

/// The first key at or below `path` whose value is not what the schema has by default; empty when
/// all are: nobody has set them, or not to anything else.
/// @param value the resolved value of that parameter
std::string first_change(const Schema& schema,
                         const Parameter& parameter,
                         const Json& value,
                         const std::string& path);

}  // namespace elbow
