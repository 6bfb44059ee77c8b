#pragma once

#include <string>
#include <utility>

#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// Whether something holds: always, never, or under a condition in words. In JSON true, false or
/// the condition.
class Guarantee {
 public:
  Guarantee() = default;
  static Guarantee always() { return Guarantee(true, ""); }
  static Guarantee never() { return {}; }
  static Guarantee holds(std::string condition) { return Guarantee(true, std::move(condition)); }

  /// At least under its condition.
  bool may_hold() const { return may_hold_; }
  /// Empty where it holds always or never.
  const std::string& condition() const { return condition_; }

  Json to_json() const { return condition_.empty() ? Json(may_hold_) : Json(condition_); }
  static Guarantee from_json(const Json& value) {
    return value.is_string() ? holds(value.get<std::string>()) : Guarantee(value.get<bool>(), "");
  }
  bool operator==(const Guarantee& other) const {
    return may_hold_ == other.may_hold_ && condition_ == other.condition_;
  }

 private:
  Guarantee(bool may_hold, std::string condition)
      : may_hold_(may_hold), condition_(std::move(condition)) {}

  bool may_hold_ = false;
  std::string condition_;
};

}  // namespace elbow
