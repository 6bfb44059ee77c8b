#include <cmath>
#include <cstring>
#include <filesystem>

#include "elbow/core/error.h"
#include "elbow/core/permutation.h"
#include "elbow/core/philox.h"
#include "elbow/data/formats.h"
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

/// Rows of the file in a keyed random order, since files are often sorted.
Array take_rows(const Rows& table,
                const Permutation& order,
                bool is_permuted,
                std::int64_t first,
                std::int64_t count) {
  Array out;
  out.element = Element::f64;
  out.shape = {count, table.cols};
  const std::size_t row_size = static_cast<std::size_t>(table.cols) * sizeof(double);
  out.bytes.resize(static_cast<std::size_t>(count) * row_size);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = is_permuted ? order(first + i) : first + i;
    std::memcpy(out.bytes.data() + static_cast<std::size_t>(i) * row_size,
                table.values.data() + row * table.cols,
                row_size);
  }
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

}  // namespace

RawData load_table(const ConfigNode& config, std::uint64_t run_seed) {
  const std::string path = find_file(config.text("path"));
  const std::string bytes = read_maybe_gzip(path);
  Rows table = read_rows(bytes, path);
  if (config.has("columns")) keep_columns(table, config.integers("columns"), path);
  const std::int64_t valid = config.integer("validation_size"), test = config.integer("test_size");
  check_sizes(table.rows, valid, test, path);
  const Permutation order(
      derive_key(seed_of(config, "split_seed", run_seed), Purpose::split), 0, table.rows);
  const bool is_permuted = valid + test > 0;
  const std::int64_t train = table.rows - valid - test;
  const std::string sha256 = io::sha256_hex(bytes);
  RawData out;
  const auto add = [&](const char* split, std::int64_t first, std::int64_t count) {
    if (count > 0)
      out.splits[split] = {take_rows(table, order, is_permuted, first, count), path, sha256};
  };
  add("train", 0, train);
  add("valid", train, valid);
  add("test", train + valid, test);
  out.event_shape = {table.cols};
  if (!table.names.empty()) out.info["columns"] = table.names;
  if (!config.boolean("allow_nan")) {
    for (const auto& entry : out.splits) refuse_non_finite(entry.second.images, path);
  }
  if (config.boolean("standardize")) standardize(out, path);
  return out;
}

}  // namespace elbow::data
