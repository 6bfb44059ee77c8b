#include "schedule_times.h"

#include "elbow/foundations/core/error.h"

namespace elbow {
namespace {

[[noreturn]] void refuse_times(const ConfigNode& node,
                               const std::vector<std::string>& keys,
                               const std::string& found) {
  std::string list;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) list += i + 1 == keys.size() ? " or " : ", ";
    list += "'" + keys[i] + "'";
  }
  throw UsageError(place(node) + ": expected exactly one of " + list + ", got " + found,
                   "elbow describe schedule");
}

bool ends_with_epochs(const std::string& key) {
  return key.size() > 6 && key.substr(key.size() - 6) == "epochs";
}

}  // namespace

std::string place(const ConfigNode& node) {
  return node.path().empty() ? node.type() : node.path();
}

std::optional<std::string> choose(const ConfigNode& node,
                                  const std::vector<std::string>& keys,
                                  bool required) {
  std::vector<std::string> found;
  for (const auto& key : keys) {
    if (node.has(key)) found.push_back(key);
  }
  if (found.size() > 1) refuse_times(node, keys, "'" + found[0] + "' and '" + found[1] + "'");
  if (found.empty() && required) refuse_times(node, keys, "none");
  return found.empty() ? std::nullopt : std::optional<std::string>(found[0]);
}

Times single_time(const ConfigNode& node, const std::string& key) {
  return {{node.number(key)}, ends_with_epochs(key)};
}

Times time_list(const ConfigNode& node, const std::string& key) {
  Times times{node.numbers(key), ends_with_epochs(key)};
  double previous = 0;
  for (const double value : times.values) {
    if (!(value > previous)) {
      throw UsageError(
          place(node) + "." + key + ": must be > 0 and ascending, got " + Json(times.values).dump(),
          "list each boundary once, smallest first");
    }
    previous = value;
  }
  return times;
}

}  // namespace elbow
