#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace elbow::data {

/// One line of a file of row lists: the numbers of the rows of one split, from 0, by blanks. The
/// form in which the UCI splits of Hernandez-Lobato and Adams (2015, arXiv:1502.05336) are shipped.
/// Every line is checked, so that a file that does not belong to the table is found at once.
/// @param index which line, from 0; blank lines at the end do not count
/// @param rows of the table @return in the order of the line
/// @throws DataError naming the line: no such line, no number, out of range, twice, none, or all
/// rows
std::vector<std::int64_t> read_row_list(const std::string& bytes,
                                        const std::string& source,
                                        std::int64_t index,
                                        std::int64_t rows);

/// All lines, in order. @throws DataError as above, and when lines differ in length
std::vector<std::vector<std::int64_t>> read_row_lists(const std::string& bytes,
                                                      const std::string& source,
                                                      std::int64_t rows);

}  // namespace elbow::data
