#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "elbow/data/sources/named_set.h"

namespace elbow::data {

/// Values that a model can score.
struct ValueRule {
  std::string expected;  ///< "a symbol (0 to 3)"
  std::function<bool(double value)> fits;
  std::int64_t column = -1;  ///< of an example; -1: every one
  bool is_of_response = false;
};

/// Holds every number of every split against the rules. NaN is left to whoever allows or refuses
/// gaps; pictures of bytes hold what they hold by construction.
/// @throws DataError: file, line or row, expected, column, found; with this help
void check_values(const RawData& data,
                  const std::vector<ValueRule>& rules,
                  const std::string& help);

/// Refuses finite numbers beyond what a model computes in, which would reach it as infinity.
/// @param dtype "float32" or "float64" @throws DataError as check_values(), with the number of the
/// file where columns were standardised
void check_range(const RawData& data, const std::string& dtype);

/// A column's mean and standard deviation for every number, z = (x - mean) / deviation, kept among
/// the facts of the set. Columns go round where there are more numbers in an example than moments.
/// @throws DataError naming a number whose z is beyond float64
void standardize_by(RawData& data,
                    const std::vector<double>& mean,
                    const std::vector<double>& deviation);

/// Where an example stands: "t.csv:7", or "t.npy: row 6 (from 0)".
std::string place_of_example(const RawData& data, const std::string& split, std::int64_t example);

/// A number in as few digits as name it.
std::string text_of_number(double value);

}  // namespace elbow::data
