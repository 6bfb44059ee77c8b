#pragma once

#include <string>

#include "elbow/foundations/core/component.h"

namespace elbow {

/// A scalar's text as a value, or why it is none.
struct Converted {
  Json value;
  std::string problem;  ///< empty when it worked; else "expected a number > 0, got 'abc'"
};

/// Reads a scalar's whole text as the parameter's type (for a list: as one item), in the C locale:
/// no octal, hex, yes/no or infinity; integers accept 1e5 when exact. Checks range and choices.
Converted convert_scalar(const Parameter& parameter, const std::string& text, bool quoted);

/// "a number > 0", "one of relu, tanh", "a list of integers >= 1".
std::string expected_text(const Parameter& parameter);

/// Why a value is outside the parameter's range ("must be >= 1, got 0"); empty when it is inside.
std::string range_problem(const Parameter& parameter, double value, const std::string& text);

/// ">= 1", "in [0, 1)", or "" without limits.
std::string range_text(const Parameter& parameter);

/// "relu, tanh, elu".
std::string comma_list(const std::vector<std::string>& words);

}  // namespace elbow
