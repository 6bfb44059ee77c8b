#include "elbow/foundations/core/drawing_order.h"

#include <algorithm>

namespace elbow {

std::vector<std::string> drawing_order(
    const std::vector<std::string>& names,
    const std::map<std::string, std::vector<std::string>>& given) {
  std::vector<std::string> left = names, out;
  const auto waits = [&](const std::string& name) {
    const auto& needed = given.at(name);
    return std::any_of(needed.begin(), needed.end(), [&left](const std::string& other) {
      return std::find(left.begin(), left.end(), other) != left.end();
    });
  };
  while (true) {
    const auto next = std::find_if_not(left.begin(), left.end(), waits);
    if (next == left.end()) return out;
    out.push_back(*next);
    left.erase(next);
  }
}

}  // namespace elbow
