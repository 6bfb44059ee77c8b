#pragma once

#include <string>

#include "elbow/foundations/core/config_node.h"

namespace elbow::cli {

/// What `elbow eval` prints of an evaluation's summary: a line for each quantity with its errors.
std::string evaluation_table(const Json& summary);

}  // namespace elbow::cli
