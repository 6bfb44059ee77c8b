#pragma once

#include <string>

#include "elbow/foundations/core/config_node.h"

namespace elbow::cli {

/// What a valid configuration trains, in a line: "vae: 40 latents, prior standard_normal, ...".
std::string training_summary(const Json& config);

/// The answer of `elbow validate`. @param more what else is known, lines; may be empty
void print_valid(const std::string& file,
                 const Json& config,
                 const std::string& more,
                 bool is_json);

}  // namespace elbow::cli
