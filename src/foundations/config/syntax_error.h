#pragma once

#include <yaml-cpp/exceptions.h>

#include <string>

#include "tree_builder.h"

namespace elbow {

/// Records why a text is no YAML, in our words and at the place that a person has to look at.
void report_syntax(const YAML::ParserException& error,
                   const std::string& text,
                   const TreeBuilder& builder,
                   Diagnostics& diagnostics);

}  // namespace elbow
