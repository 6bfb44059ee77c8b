#pragma once

#include <map>
#include <string>
#include <vector>

namespace elbow {

/// Variables in an order in which each comes behind those that it is given: always the first of
/// `names` that may be drawn. What is given but not among the names is there from the start. Left
/// out are those that wait for each other in a circle, and what waits for them.
std::vector<std::string> drawing_order(
    const std::vector<std::string>& names,
    const std::map<std::string, std::vector<std::string>>& given);

}  // namespace elbow
