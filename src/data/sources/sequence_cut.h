#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elbow/data/sources/named_set.h"
#include "numeric_table.h"

namespace elbow::data {

/// The rows [first, first + length) of a table.
struct Sequence {
  std::int64_t first = 0, length = 0;
};
using Sequences = std::vector<Sequence>;

/// How a section cuts its table; neither: one sequence.
struct CutRule {
  std::string column;       ///< whose consecutive equal values form a sequence, by name or number
  std::int64_t length = 0;  ///< steps of a piece
};
/// The keys sequence_column and sequence_length of a section, which may lack them.
/// @throws ConfigError for both
CutRule cut_rule(const ConfigNode& config);
/// Cuts a table, and leaves the observed columns.
/// @param columns the numbers of those; a sequence column among them is left out
/// @throws DataError for values that are not finite
Sequences cut(NumericTable& table,
              std::vector<std::int64_t> columns,
              const CutRule& rule,
              const std::string& path,
              std::vector<std::string>& warnings);
/// 0 for no sequences.
std::int64_t longest_of(const Sequences& sequences);
/// [N, T, D] of the sequences listed; NaN past the end of each.
RawSplit padded(const NumericTable& table,
                const Sequences& sequences,
                const RowNumbers& numbers,
                std::int64_t longest,
                const std::string& path);
/// One long sequence among many short ones pads all of them. @throws DataError
void check_padded_size(std::int64_t count,
                       std::int64_t longest,
                       std::int64_t cols,
                       const std::string& path);

}  // namespace elbow::data
