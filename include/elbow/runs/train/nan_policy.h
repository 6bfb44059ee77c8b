#pragma once

#include <cstdint>

#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// What follows a step whose bound or gradient was not finite (RELIABILITY: skip, roll back, give
/// up). The weights were never touched: the step masked its own update.
class NanPolicy {
 public:
  enum class Kind { stop, skip, rollback };
  enum class Action { go_on, skip, rollback, give_up };
  static constexpr int kSkipsInARow = 3;
  static constexpr int kRollbacks = 2;

  explicit NanPolicy(Kind kind) : kind_(kind) {}
  static Kind kind_from(const std::string& text);
  Action observe(bool was_finite);

  int skips_in_a_row() const { return skips_; }
  int rollbacks() const { return rollbacks_; }
  /// 0.5 per rollback, for the learning rate.
  double rate_factor() const;
  /// A checkpoint may have been made between two skips: behind a rollback the count begins anew.
  void forget_skips() { skips_ = 0; }
  Json to_json() const;
  /// What a rollback must not undo is kept: the number of rollbacks never decreases.
  void from_json(const Json& value);

 private:
  Kind kind_;
  int skips_ = 0, rollbacks_ = 0;
};

}  // namespace elbow
