#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace elbow::data {

using RowNumbers = std::vector<std::int64_t>;

/// The rows of each split, in order.
struct Division {
  RowNumbers train, valid, test;
};

/// Takes rows for validation and test from the end of a keyed random order, since files are often
/// sorted; without such rows the order of the file is kept.
Division divide_at_random(const RowNumbers& rows,
                          std::int64_t valid,
                          std::int64_t test,
                          std::uint64_t seed);
/// 0 to count - 1.
RowNumbers first_numbers(std::int64_t count);
/// All rows below `count` but those of a list.
RowNumbers others(std::int64_t count, const RowNumbers& list);
/// @param what "rows", "documents" or "sequences"  @throws DataError when no row is left for train
void check_sizes(std::int64_t rows,
                 std::int64_t valid,
                 std::int64_t test,
                 const std::string& path,
                 const std::string& what);

}  // namespace elbow::data
