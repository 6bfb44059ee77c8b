#include "numeric_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "elbow/core/error.h"
#include "elbow/data/formats.h"
#include "malformed.h"

namespace elbow::data {
namespace {

constexpr std::size_t kMaxNamed = 20;  ///< columns that a message lists

struct Moments {
  std::vector<double> mean, deviation;
};

/// Population moments of each column over its finite values.
Moments moments_of(const Array& train, std::int64_t cols, const std::string& path) {
  const std::int64_t rows = train.count() / cols;
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

}  // namespace

NumericTable read_numeric_table(const std::string& bytes,
                                const std::string& path,
                                const std::vector<std::string>& nan_markers) {
  if (detect_format(bytes, path) == "csv") {
    Table table = decode_csv(bytes, path, nan_markers);
    return {table.rows, table.cols, std::move(table.values), std::move(table.columns)};
  }
  if (!nan_markers.empty())
    throw DataError("data.nan_markers: expected a text table, got " + path +
                        ", which marks missing numbers by NaN",
                    "remove the key");
  const Array array = decode_any(bytes, path);
  if (array.shape.empty() || array.shape.size() > 2) {
    throw DataError(
        path + ": expected a table of 1 or 2 dimensions, found " + shape_text(array.shape),
        "use type idx for images");
  }
  return {array.shape[0], array.shape.size() == 2 ? array.shape[1] : 1, to_double(array), {}};
}

std::int64_t find_column(const NumericTable& table,
                         const std::string& text,
                         const std::string& key,
                         const std::string& path) {
  const auto named = std::find(table.names.begin(), table.names.end(), text);
  if (named != table.names.end()) return named - table.names.begin();
  std::int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = result.ec == std::errc() && result.ptr == text.data() + text.size();
  if (is_number && number >= 0 && number < table.cols) return number;
  std::string known = "numbers from 0 to " + std::to_string(table.cols - 1);
  for (std::size_t i = 0; i < std::min(table.names.size(), kMaxNamed); ++i)
    known += (i == 0 ? " or one of " : ", ") + table.names[i];
  if (table.names.size() > kMaxNamed) known += ", ...";
  throw DataError(
      "data." + key + ": expected " + known + ", the columns of " + path + ", got '" + text + "'",
      table.names.empty() ? "the file has no header, so columns go by number, from 0"
                          : "columns go by name or by number, from 0");
}

std::vector<std::int64_t> chosen_columns(const ConfigNode& config,
                                         const NumericTable& table,
                                         const std::string& path) {
  std::vector<std::int64_t> out;
  if (!config.has("columns")) {
    for (std::int64_t column = 0; column < table.cols; ++column) out.push_back(column);
    return out;
  }
  out = config.integers("columns");
  for (const std::int64_t column : out)
    if (column < 0 || column >= table.cols)
      throw DataError("data.columns: expected numbers from 0 to " + std::to_string(table.cols - 1) +
                          " for " + path + ", got " + std::to_string(column),
                      "columns count from 0");
  if (out.empty())
    throw DataError("data.columns: expected at least one column, got none",
                    "remove the key for all");
  return out;
}

void keep_columns(NumericTable& table, const std::vector<std::int64_t>& columns) {
  NumericTable out{table.rows, static_cast<std::int64_t>(columns.size()), {}, {}};
  if (!table.names.empty())
    for (const std::int64_t column : columns)
      out.names.push_back(table.names[static_cast<std::size_t>(column)]);
  out.values.reserve(static_cast<std::size_t>(out.rows * out.cols));
  for (std::int64_t row = 0; row < table.rows; ++row)
    for (const std::int64_t column : columns)
      out.values.push_back(table.values[static_cast<std::size_t>(row * table.cols + column)]);
  table = std::move(out);
}

Array take_rows(const NumericTable& table, const RowNumbers& numbers) {
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

void standardize(RawData& data, std::int64_t cols, const std::string& path) {
  const Moments moments = moments_of(data.splits.at("train").images, cols, path);
  for (auto& entry : data.splits) {
    auto* values = entry.second.images.as<double>();
    for (std::int64_t i = 0; i < entry.second.images.count(); ++i) {
      const std::size_t column = static_cast<std::size_t>(i % cols);
      values[i] = (values[i] - moments.mean[column]) / moments.deviation[column];
    }
  }
  data.info["mean"] = moments.mean;
  data.info["standard_deviation"] = moments.deviation;
}

}  // namespace elbow::data
