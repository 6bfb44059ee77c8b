#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "elbow/data/named_set.h"

namespace elbow::data {

/// Values that a model can score.
struct ValueRule {
  std::string expected;  ///< "a symbol (0 to 3)"
  std::function<bool(double value)> fits;
  std::int64_t column = -1;  ///< of an example; -1: every one
};

/// Holds every number of every split against the rules. NaN is left to whoever allows or refuses
/// gaps; pictures of bytes hold what they hold by construction.
/// @throws DataError: file, line or row, expected, column, found; with this help
void check_values(const RawData& data,
                  const std::vector<ValueRule>& rules,
                  const std::string& help);

/// A number in as few digits as name it.
std::string text_of_number(double value);

}  // namespace elbow::data
