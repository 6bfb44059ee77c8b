#pragma once

#include <cstdint>
#include <vector>

namespace elbow {

/// For each row a column of its own such that the sum of values is largest, -1 for rows that are
/// left over where there are more rows than columns.
/// Kuhn, "The Hungarian method for the assignment problem", 1955; by shortest augmenting paths,
/// O(n^3): Jonker, Volgenant, 1987.
/// @param values rows of equal length, finite
std::vector<std::int64_t> best_assignment(const std::vector<std::vector<double>>& values);

}  // namespace elbow
