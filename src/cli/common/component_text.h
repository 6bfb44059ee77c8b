#pragma once

#include <string>

#include "elbow/foundations/config/schema.h"

namespace elbow::cli {

/// "integer", "number or 'auto'", "relu|gelu", "component of kind network", ...
std::string type_text(const Parameter& parameter);
/// "required", "none" or the default as YAML would have it.
std::string default_text(const Parameter& parameter);
/// ">= 1", "> 0, < 1"; empty when anything goes.
std::string range_text(const Parameter& parameter);
/// What `elbow describe` prints: summary, paper, what it goes with, and the table of parameters.
std::string describe_text(const ComponentInfo& info, const Schema& schema);

}  // namespace elbow::cli
