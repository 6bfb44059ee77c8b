#include "elbow/runs/train/nan_policy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace elbow {

NanPolicy::Kind NanPolicy::kind_from(const std::string& text) {
  if (text == "stop") return Kind::stop;
  if (text == "skip") return Kind::skip;
  if (text == "rollback") return Kind::rollback;
  throw std::logic_error("unknown NaN policy '" + text + "'");
}

NanPolicy::Action NanPolicy::observe(bool was_finite) {
  if (was_finite) {
    skips_ = 0;
    return Action::go_on;
  }
  if (kind_ == Kind::stop) return Action::give_up;
  if (++skips_ <= kSkipsInARow) return Action::skip;
  if (kind_ == Kind::skip || rollbacks_ == kRollbacks) return Action::give_up;
  ++rollbacks_;
  skips_ = 0;
  return Action::rollback;
}

double NanPolicy::rate_factor() const { return std::pow(0.5, rollbacks_); }

Json NanPolicy::to_json() const { return {{"skips_in_a_row", skips_}, {"rollbacks", rollbacks_}}; }

void NanPolicy::from_json(const Json& value) {
  skips_ = value.at("skips_in_a_row").get<int>();
  rollbacks_ = std::max(rollbacks_, value.at("rollbacks").get<int>());
}

}  // namespace elbow
