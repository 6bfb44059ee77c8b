#include <cmath>
#include <cstring>
#include <filesystem>

#include "elbow/core/error.h"
#include "elbow/core/permutation.h"
#include "elbow/core/philox.h"
#include "elbow/data/formats.h"
#include "elbow/data/row_lists.h"
#include "elbow/io/hash.h"
#include "loaders.h"
#include "malformed.h"

namespace elbow::data {
namespace {

/// A table as doubles, with the names of its columns when the file has them.
struct Rows {
  std::int64_t rows = 0, cols = 0;
  std::vector<double> values;
  std::vector<std::string> names;
};

template <class T>
void append_as_double(const Array& array, std::vector<double>& out) {
  for (std::int64_t i = 0; i < array.count(); ++i)
    out.push_back(static_cast<double>(array.as<T>()[i]));
}

std::vector<double> to_double(const Array& array) {
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(array.count()));
  switch (array.element) {
    case Element::u8:
    case Element::boolean:
      append_as_double<std::uint8_t>(array, out);
      break;
    case Element::i8:
      append_as_double<std::int8_t>(array, out);
      break;
    case Element::u16:
      append_as_double<std::uint16_t>(array, out);
      break;
    case Element::i16:
      append_as_double<std::int16_t>(array, out);
      break;
    case Element::u32:
      append_as_double<std::uint32_t>(array, out);
      break;
    case Element::i32:
      append_as_double<std::int32_t>(array, out);
      break;
    case Element::u64:
      append_as_double<std::uint64_t>(array, out);
      break;
    case Element::i64:
      append_as_double<std::int64_t>(array, out);
      break;
    case Element::f32:
      append_as_double<float>(array, out);
      break;
    case Element::f64:
      append_as_double<double>(array, out);
      break;
  }
  return out;
}

Rows read_rows(const std::string& bytes, const std::string& path) {
  if (detect_format(bytes, path) == "csv") {
    Table table = decode_csv(bytes, path);
    return {table.rows, table.cols, std::move(table.values), std::move(table.columns)};
  }
  const Array array = decode_any(bytes, path);
  if (array.shape.empty() || array.shape.size() > 2) {
    throw DataError(
        path + ": expected a table of 1 or 2 dimensions, found " + shape_text(array.shape),
        "use type idx for images");
  }
  return {array.shape[0], array.shape.size() == 2 ? array.shape[1] : 1, to_double(array), {}};
}

void keep_columns(Rows& table, const std::vector<std::int64_t>& columns, const std::string& path) {
  Rows out{table.rows, static_cast<std::int64_t>(columns.size()), {}, {}};
  for (const std::int64_t column : columns) {
    if (column < 0 || column >= table.cols) {
      throw DataError("data.columns: expected numbers from 0 to " + std::to_string(table.cols - 1) +
                          " for " + path + ", got " + std::to_string(column),
                      "columns count from 0");
    }
    if (!table.names.empty()) out.names.push_back(table.names[static_cast<std::size_t>(column)]);
  }
  if (columns.empty())
    throw DataError("data.columns: expected at least one column, got none",
                    "remove the key for all");
  for (std::int64_t row = 0; row < table.rows; ++row)
    for (const std::int64_t column : columns)
      out.values.push_back(table.values[static_cast<std::size_t>(row * table.cols + column)]);
  table = std::move(out);
}

using RowNumbers = std::vector<std::int64_t>;

Array take_rows(const Rows& table, const RowNumbers& numbers) {
  Array out;
  out.element = Element::f64;
  out.shape = {static_cast<std::int64_t>(numbers.size()), table.cols};
  const std::size_t row_size = static_cast<std::size_t>(table.cols) * sizeof(double);
  out.bytes.resize(numbers.size() * row_size);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    std::memcpy(
        out.bytes.data() + i * row_size, table.values.data() + numbers[i] * table.cols, row_size);
  return out;
}

struct Moments {
  std::vector<double> mean, deviation;
};

/// Population moments of each column over its finite values.
Moments moments_of(const Array& train, const std::string& path) {
  const std::int64_t rows = train.shape[0], cols = train.shape[1];
  Moments out;
  for (std::int64_t column = 0; column < cols; ++column) {
    double count = 0, sum = 0, squares = 0;
    const auto each = [&](auto&& use) {
      for (std::int64_t row = 0; row < rows; ++row) {
        const double value = train.as<double>()[row * cols + column];
        if (std::isfinite(value)) use(value);
      }
    };
    each([&](double value) { count += 1, sum += value; });
    const double mean = count > 0 ? sum / count : 0.0;
    each([&](double value) { squares += (value - mean) * (value - mean); });
    const double deviation = count > 0 ? std::sqrt(squares / count) : 0.0;
    if (!(deviation > 0)) {
      throw DataError(path + ": expected columns that vary to standardize, found column " +
                          std::to_string(column) + " constant over the " + std::to_string(rows) +
                          " training rows",
                      "leave it out with data.columns, or set data.standardize: false");
    }
    out.mean.push_back(mean);
    out.deviation.push_back(deviation);
  }
  return out;
}

void standardize(RawData& data, const std::string& path) {
  const Moments moments = moments_of(data.splits.at("train").images, path);
  const std::size_t cols = moments.mean.size();
  for (auto& entry : data.splits) {
    auto* values = entry.second.images.as<double>();
    for (std::int64_t i = 0; i < entry.second.images.count(); ++i) {
      const std::size_t column = static_cast<std::size_t>(i) % cols;
      values[i] = (values[i] - moments.mean[column]) / moments.deviation[column];
    }
  }
  data.info["mean"] = moments.mean;
  data.info["standard_deviation"] = moments.deviation;
}

void check_sizes(std::int64_t rows,
                 std::int64_t valid,
                 std::int64_t test,
                 const std::string& path) {
  // Each against the rows first, so that the sum cannot overflow.
  if (valid < rows && test < rows && valid + test < rows) return;
  throw DataError("data: expected validation_size + test_size below the " + std::to_string(rows) +
                      " rows of " + path + ", got " + std::to_string(valid) + " and " +
                      std::to_string(test),
                  "leave at least one row to train on");
}

/// The rows of each split, in order.
struct Division {
  RowNumbers train, valid, test;
};

/// Takes rows for validation and test from the end of a keyed random order, since files are often
/// sorted; without such rows the order of the file is kept.
Division divide_at_random(const RowNumbers& rows,
                          std::int64_t valid,
                          std::int64_t test,
                          std::uint64_t seed) {
  const auto count = static_cast<std::int64_t>(rows.size());
  const Permutation order(derive_key(seed, Purpose::split), 0, count);
  Division out;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = rows[static_cast<std::size_t>(valid + test > 0 ? order(i) : i)];
    (i < count - valid - test ? out.train : i < count - test ? out.valid : out.test).push_back(row);
  }
  return out;
}

/// All rows but those of a list.
RowNumbers others(std::int64_t count, const RowNumbers& list) {
  std::vector<bool> is_listed(static_cast<std::size_t>(count), false);
  for (const std::int64_t row : list) is_listed[static_cast<std::size_t>(row)] = true;
  RowNumbers out;
  for (std::int64_t row = 0; row < count; ++row)
    if (!is_listed[static_cast<std::size_t>(row)]) out.push_back(row);
  return out;
}

Division divide(const ConfigNode& config,
                std::int64_t rows,
                const std::string& path,
                std::uint64_t run_seed) {
  const std::int64_t valid = config.integer("validation_size"), test = config.integer("test_size"),
                     index = config.integer("test_split");
  const std::uint64_t seed = seed_of(config, "split_seed", run_seed);
  if (!config.has("test_rows")) {
    if (index != 0)
      config.refuse(
          "without test_rows there is no list to choose from", "set data.test_rows", "test_split");
    check_sizes(rows, valid, test, path);
    return divide_at_random(others(rows, {}), valid, test, seed);
  }
  if (test != 0)
    config.refuse(
        "set together with test_rows (expected one of them)", "remove one of them", "test_size");
  const std::string file = find_file(config.text("test_rows"));
  const RowNumbers listed = read_row_list(read_maybe_gzip(file), file, index, rows);
  const RowNumbers rest = others(rows, listed);
  check_sizes(static_cast<std::int64_t>(rest.size()), valid, 0, path + " without the test rows");
  Division out = divide_at_random(rest, valid, 0, seed);
  out.test = listed;
  return out;
}

}  // namespace

RawData load_table(const ConfigNode& config, std::uint64_t run_seed) {
  const std::string path = find_file(config.text("path"));
  const std::string bytes = read_maybe_gzip(path);
  Rows table = read_rows(bytes, path);
  if (config.has("columns")) keep_columns(table, config.integers("columns"), path);
  const Division division = divide(config, table.rows, path, run_seed);
  const std::string sha256 = io::sha256_hex(bytes);
  RawData out;
  const auto add = [&](const char* split, const RowNumbers& rows) {
    if (!rows.empty()) out.splits[split] = {take_rows(table, rows), path, sha256};
  };
  add("train", division.train);
  add("valid", division.valid);
  add("test", division.test);
  out.event_shape = {table.cols};
  if (!table.names.empty()) out.info["columns"] = table.names;
  if (!config.boolean("allow_nan")) {
    for (const auto& entry : out.splits) refuse_non_finite(entry.second.images, path);
  }
  if (config.boolean("standardize")) standardize(out, path);
  return out;
}

}  // namespace elbow::data
