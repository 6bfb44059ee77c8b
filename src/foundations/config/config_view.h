#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "defaults.h"
#include "elbow/foundations/config/rules.h"

namespace elbow {

/// What rules see of a configuration: values, and the traits of the components that it names, by
/// dotted path. It notes what was looked at. Whatever is absent is nullptr or empty, and a rule
/// that misses something says nothing.
class ConfigView {
 public:
  ConfigView(const Json& resolved, const Schema& schema) : resolved_(resolved), schema_(schema) {}

  const Json& resolved() const { return resolved_; }
  const Schema& schema() const { return schema_; }

  /// Paths that were looked at since `forget_reads`, those of `type` for components.
  const std::set<std::string>& reads() const { return reads_; }
  void forget_reads() const { reads_.clear(); }

  const Json* value(const std::string& path) const {
    reads_.insert(path);
    const Json* here = &resolved_;
    for (const auto& key : keys(path)) {
      if (!here->is_object() || !here->contains(key)) return nullptr;
      here = &here->at(key);
    }
    return here->is_null() ? nullptr : here;
  }

  std::string text(const std::string& path) const {
    const Json* found = value(path);
    return found != nullptr && found->is_string() ? found->get<std::string>() : "";
  }

  double number(const std::string& path, double otherwise) const {
    const Json* found = value(path);
    return found != nullptr && found->is_number() ? found->get<double>() : otherwise;
  }

  bool is_true(const std::string& path) const {
    const Json* found = value(path);
    return found != nullptr && found->is_boolean() && found->get<bool>();
  }

  /// The first key at or below one of the top level that somebody has set to another value than its
  /// default; empty when nobody has.
  std::string first_change(const std::string& key) const {
    const ComponentInfo* experiment = schema_.section("experiment");
    const Parameter* parameter = experiment == nullptr ? nullptr : experiment->find(key);
    const Json* found = value(key);
    if (parameter == nullptr || found == nullptr) return "";
    return elbow::first_change(schema_, *parameter, *found, key);
  }

  /// The component that stands at a path.
  const ComponentInfo* info(const std::string& path) const {
    const ComponentInfo* here = schema_.section("experiment");
    std::string walked;
    const Parameter* by_name = nullptr;  // the map of components that the next key is a name in
    for (const auto& key : keys(path)) {
      const Parameter* parameter = by_name != nullptr ? by_name
                                   : here == nullptr  ? nullptr
                                                      : here->find(key);
      if (parameter == nullptr) return nullptr;
      walked += (walked.empty() ? "" : ".") + key;
      if (parameter->type == ParameterType::named_components && by_name == nullptr) {
        by_name = parameter;
        continue;
      }
      by_name = nullptr;
      const bool is_schedule = parameter->type == ParameterType::schedule;
      here = parameter->type == ParameterType::section
                 ? schema_.section(parameter->kind)
                 : schema_.find(is_schedule ? ScheduleTraits::kKind : parameter->kind,
                                text(walked + ".type"));
    }
    return here;
  }

  /// The traits of the component that stands at a path, when it is of that kind; else nullptr.
  template <class Kind>
  const Kind* traits(const std::string& path) const {
    const ComponentInfo* here = info(path);
    return here == nullptr ? nullptr : here->find_traits<Kind>();
  }

  /// Whether that component has a trait: `view.has("model", &ModelTraits::needs_response)`.
  template <class Kind>
  bool has(const std::string& path, bool Kind::*trait) const {
    const Kind* found = traits<Kind>(path);
    return found != nullptr && found->*trait;
  }

  /// Whether there is a component of that kind, without the trait.
  template <class Kind>
  bool lacks(const std::string& path, bool Kind::*trait) const {
    const Kind* found = traits<Kind>(path);
    return found != nullptr && !(found->*trait);
  }

 private:
  static std::vector<std::string> keys(const std::string& path) {
    std::vector<std::string> out;
    for (std::size_t start = 0; start <= path.size();) {
      const std::size_t end = std::min(path.find('.', start), path.size());
      out.push_back(path.substr(start, end - start));
      start = end + 1;
    }
    return out;
  }

  const Json& resolved_;
  const Schema& schema_;
  mutable std::set<std::string> reads_;
};

}  // namespace elbow
