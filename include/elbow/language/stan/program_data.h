#pragma once

#include <string>
#include <vector>

#include "elbow/foundations/core/config_node.h"
#include "elbow/language/stan/syntax.h"

namespace elbow::stan {

/// The JSON that Stan's users have: a map from names to numbers and nested lists.
struct ProgramData {
  std::string file;  ///< for messages
  Json values = Json::object();
};

/// @throws DataError with file, line and column for what is no such JSON
ProgramData parse_data(const std::string& text, const std::string& file);

/// Names that the program declares must be there. @return those that it does not declare
/// @throws DataError naming the first that is missing
std::vector<std::string> check_names(const Program& program, const ProgramData& data);

/// "real<lower=0> tau", "array[J] real y": a declaration as the program has it.
std::string text_of_declaration(const Program& program, const Statement& declaration);

}  // namespace elbow::stan
