#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "elbow/data/sources/formats.h"

namespace elbow::data {

/// What the first line of a text table is, as far as it tells by itself.
enum class FirstLine {
  row,
  header,
  counts_columns,  ///< 0, 1, 2, ...: names that pandas gives, or a row; the other lines tell
};

/// A decimal number, with an optional plus sign. @return false for anything else
bool parse_number(std::string_view text, double& value);
bool is_nan_marker(std::string_view text, const TextOptions& options);

FirstLine judge_first_line(const std::vector<std::string>& cells, const TextOptions& options);
/// @throws DataError naming the line
void refuse_equal_names(const std::vector<std::string>& names,
                        const std::string& source,
                        std::size_t line);
/// How a line 0, 1, 2, ... was read, and how to say otherwise; empty where nobody would ask.
/// @param is_alone no other line has only whole numbers
std::string note_of_first_line(const std::string& source,
                               std::size_t line,
                               std::int64_t cols,
                               bool is_alone);

}  // namespace elbow::data
