#pragma once

#include <functional>
#include <string>
#include <vector>

#include "elbow/foundations/config/schema.h"

namespace elbow {

/// A combination that cannot work: where, which two sides, and a way out.
struct RuleViolation {
  std::string path;  ///< dotted key that the message points at
  std::string message;
  std::string help;
};

/// Checks what no single key can: pairs of components and values, from the LibTorch-free columns of
/// the factory rows. Used by `validate` and asserted again when the experiment is built.
///
/// @param is_broken tells that a key, or something below it, already has a mistake: rules that read
/// it wait
std::vector<RuleViolation> check_rules(
    const Json& resolved,
    const Schema& schema,
    const std::function<bool(const std::string&)>& is_broken = {});

}  // namespace elbow
