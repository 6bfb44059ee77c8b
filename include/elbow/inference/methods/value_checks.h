#pragma once

#include <string>
#include <vector>

#include "elbow/data/dataset/dataset.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// What a configuration's model can score, as rules for single numbers, and what to do about one
/// that breaks them. They are made of the rows' traits (`support`), so that training and every file
/// that comes later get the same checks.
struct ValueChecks {
  std::vector<data::ValueRule> rules = {};
  std::string help = {};
};
/// @param event_shape of an example: a response is its last column
ValueChecks value_checks(const ConfigNode& config, const std::vector<std::int64_t>& event_shape);

/// Whether data say of each example what a model is given. @param conditions the model's
/// @throws DataError naming the first example that lacks something
void check_conditions(const std::vector<std::string>& conditions, const Dataset& dataset);

}  // namespace elbow
