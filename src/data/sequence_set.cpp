#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "elbow/core/error.h"
#include "elbow/data/formats.h"
#include "elbow/io/hash.h"
#include "loaders.h"
#include "malformed.h"
#include "numeric_table.h"

namespace elbow::data {
namespace {

/// The rows [first, first + length) of a table.
struct Sequence {
  std::int64_t first = 0, length = 0;
};
using Sequences = std::vector<Sequence>;

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
  const auto value_at = [&](std::int64_t row) {
    return table.values[static_cast<std::size_t>(row * table.cols + column)];
  };
  Sequences out;
  std::set<double> seen;
  std::int64_t again = -1;
  for (std::int64_t row = 0; row < table.rows; ++row) {
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

void refuse_gaps(const NumericTable& table, const std::string& path) {
  const std::int64_t bad = std::count_if(
      table.values.begin(), table.values.end(), [](double value) { return !std::isfinite(value); });
  if (bad > 0)
    throw DataError(path + ": expected finite values, found " + std::to_string(bad) +
                        " that are NaN or infinite",
                    "remove the rows, or leave the column out with data.columns");
}

/// Reads how the table is cut, and leaves only the columns that are observed.
Sequences cut(NumericTable& table,
              const ConfigNode& config,
              const std::string& path,
              std::vector<std::string>& warnings) {
  std::vector<std::int64_t> columns = chosen_columns(config, table, path);
  Sequences out;
  if (config.has("sequence_column")) {
    if (config.has("sequence_length"))
      config.refuse("set together with sequence_column (expected one of them)",
                    "remove one of them",
                    "sequence_length");
    const std::int64_t column =
        find_column(table, config.text("sequence_column"), "sequence_column", path);
    out = cut_by_column(table, column, path, warnings);
    columns.erase(std::remove(columns.begin(), columns.end(), column), columns.end());
    if (columns.empty())
      throw DataError(
          "data.sequence_column: expected at least one column besides it in " + path + ", got none",
          "the column itself is no observation");
  } else {
    out = cut_by_length(
        table.rows, config.has("sequence_length") ? config.integer("sequence_length") : table.rows);
  }
  keep_columns(table, columns);
  refuse_gaps(table, path);
  return out;
}

/// [N, T, D] of the sequences listed; NaN past the end of each.
Array padded(const NumericTable& table,
             const Sequences& sequences,
             const RowNumbers& numbers,
             std::int64_t longest) {
  Array out;
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
  }
  return out;
}

/// One long sequence among many short ones pads all of them.
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

}  // namespace

RawData load_sequences(const ConfigNode& config, std::uint64_t run_seed) {
  const std::string path = find_file(config.text("path"));
  const std::string bytes = read_maybe_gzip(path);
  NumericTable table = read_numeric_table(bytes, path, {});
  RawData out;
  const Sequences sequences = cut(table, config, path, out.warnings);
  const auto count = static_cast<std::int64_t>(sequences.size());
  const auto shorter = [](const Sequence& a, const Sequence& b) { return a.length < b.length; };
  const std::int64_t longest =
      std::max_element(sequences.begin(), sequences.end(), shorter)->length;
  const std::int64_t valid = config.integer("validation_size"), test = config.integer("test_size");
  const std::uint64_t seed = seed_of(config, "split_seed", run_seed);
  check_padded_size(count, longest, table.cols, path);
  check_sizes(count, valid, test, path, "sequences");
  const Division division = divide_at_random(others(count, {}), valid, test, seed);
  const std::string sha256 = io::sha256_hex(bytes);
  const auto add = [&](const char* split, const RowNumbers& numbers) {
    if (numbers.empty()) return;
    out.splits[split] = {padded(table, sequences, numbers, longest), path, sha256};
  };
  add("train", division.train);
  add("valid", division.valid);
  add("test", division.test);
  out.event_shape = {longest, table.cols};
  if (!table.names.empty()) out.info["columns"] = table.names;
  if (config.boolean("standardize")) standardize(out, table.cols, path);
  return out;
}

}  // namespace elbow::data
