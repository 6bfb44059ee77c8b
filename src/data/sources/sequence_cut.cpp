#include "sequence_cut.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "malformed.h"

namespace elbow::data {
namespace {

Sequences cut_by_length(std::int64_t rows, std::int64_t length) {
  Sequences out;
  for (std::int64_t first = 0; first < rows; first += length)
    out.push_back({first, std::min(length, rows - first)});
  return out;
}

/// Consecutive rows of one value are a sequence.
Sequences cut_by_column(const NumericTable& table,
                        std::int64_t column,
                        const std::string& path,
                        std::vector<std::string>& warnings) {
  const auto value_at = [&](std::int64_t row) { return table.at(row, column); };
  Sequences out;
  std::set<double> seen;
  std::int64_t again = -1;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    if (!std::isfinite(value_at(row)))
      throw DataError(table.place_of(row, path) + ": expected the number of a sequence in " +
                          table.column_name(column) + ", found " + text_of_number(value_at(row)),
                      "number the sequences, e.g. 0, 1, 2, ...");
    if (row > 0 && value_at(row) == value_at(row - 1)) {
      ++out.back().length;
      continue;
    }
    if (!seen.insert(value_at(row)).second && again < 0) again = row;
    out.push_back({row, 1});
  }
  if (again >= 0)
    warnings.push_back(path + ": the sequence column comes back to a value in row " +
                       std::to_string(again) +
                       " (from 0), which begins another sequence; is the "
                       "table not sorted by it?");
  return out;
}

}  // namespace

CutRule cut_rule(const ConfigNode& config) {
  CutRule out;
  if (config.has("sequence_column")) out.column = config.text("sequence_column");
  if (config.has("sequence_length")) out.length = config.integer("sequence_length");
  if (!out.column.empty() && out.length > 0)
    config.refuse("set together with sequence_column (expected one of them)",
                  "remove one of them",
                  "sequence_length");
  return out;
}

Sequences cut(NumericTable& table,
              std::vector<std::int64_t> columns,
              const CutRule& rule,
              const std::string& path,
              std::vector<std::string>& warnings) {
  Sequences out;
  if (rule.column.empty()) {
    out = cut_by_length(table.rows, rule.length > 0 ? rule.length : table.rows);
  } else {
    const std::int64_t column = find_column(table, rule.column, "sequence_column", path);
    out = cut_by_column(table, column, path, warnings);
    columns.erase(std::remove(columns.begin(), columns.end(), column), columns.end());
    if (columns.empty())
      throw DataError(
          "data.sequence_column: expected at least one column besides it in " + path + ", got none",
          "the column itself is no observation");
  }
  keep_columns(table, columns);
  refuse_non_finite(table, path, "remove the rows, or leave their columns out with data.columns");
  return out;
}

std::int64_t longest_of(const Sequences& sequences) {
  std::int64_t out = 0;
  for (const Sequence& sequence : sequences) out = std::max(out, sequence.length);
  return out;
}

RawSplit padded(const NumericTable& table,
                const Sequences& sequences,
                const RowNumbers& numbers,
                std::int64_t longest,
                const std::string& path) {
  RawSplit split;
  split.file = path;
  split.first_line = table.first_line;
  Array& out = split.images;
  out.element = Element::f64;
  out.shape = {static_cast<std::int64_t>(numbers.size()), longest, table.cols};
  out.bytes.resize(static_cast<std::size_t>(out.count()) * sizeof(double));
  double* next = out.as<double>();
  std::fill_n(next, out.count(), std::numeric_limits<double>::quiet_NaN());
  for (const std::int64_t number : numbers) {
    const Sequence& sequence = sequences[static_cast<std::size_t>(number)];
    std::memcpy(next,
                table.values.data() + sequence.first * table.cols,
                static_cast<std::size_t>(sequence.length * table.cols) * sizeof(double));
    next += longest * table.cols;
    for (std::int64_t t = 0; t < longest; ++t)
      split.rows.push_back(t < sequence.length ? sequence.first + t : -1);
  }
  return split;
}

void check_padded_size(std::int64_t count,
                       std::int64_t longest,
                       std::int64_t cols,
                       const std::string& path) {
  constexpr std::uint64_t kMaxNumbers = std::uint64_t{1} << 31;
  const std::uint64_t steps =
      saturating_product(static_cast<std::uint64_t>(count), static_cast<std::uint64_t>(longest));
  if (saturating_product(steps, static_cast<std::uint64_t>(cols)) <= kMaxNumbers) return;
  throw DataError(path +
                      ": expected sequences of at most 16 GiB when padded to the longest, found " +
                      std::to_string(count) + " of up to " + std::to_string(longest) + " steps",
                  "cut them with data.sequence_length");
}

}  // namespace elbow::data
