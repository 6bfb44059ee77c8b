#pragma once

#include <map>
#include <string>
#include <vector>

#include "elbow/foundations/config/schema.h"

namespace elbow::cli {

/// Every key that can be overridden, as `section.key`, with the words that its value may be (empty:
/// free). Keys of components are there for each component that could stand at that place.
std::map<std::string, std::vector<std::string>> override_keys(const Schema& schema);

/// @param shell bash, zsh or fish. @throws UsageError for another one
std::string completion_script(const std::string& shell, const Schema& schema);

}  // namespace elbow::cli
