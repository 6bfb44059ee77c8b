#include "numeric_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "malformed.h"

namespace elbow::data {
namespace {

constexpr std::size_t kMaxNamed = 20;  ///< columns that a message lists

/// Equal values leave a deviation of a few roundings of their mean, which is no spread.
bool is_constant(double deviation, double largest) {
  constexpr double kRoundings = 64;
  return !(deviation > kRoundings * std::numeric_limits<double>::epsilon() * largest);
}

/// A power of two that brings numbers whose squares leave float64 near 1; 1 for all others.
double power_towards_one(double largest) {
  if (largest == 0 || (largest > 1e-140 && largest < 1e140)) return 1;
  return std::ldexp(1.0, std::clamp(-std::ilogb(largest), -1000, 1000));
}

/// "0, 2, 3" of four columns without column 1.
std::string other_numbers(std::int64_t number, std::int64_t cols) {
  std::string out;
  for (std::int64_t i = 0; i < std::min<std::int64_t>(cols, kMaxNamed); ++i)
    if (i != number) out += (out.empty() ? "" : ", ") + std::to_string(i);
  return out + (cols > static_cast<std::int64_t>(kMaxNamed) ? ", ..." : "");
}

/// An index that pandas writes has no name. As a column of the data it would be a silent mistake.
void refuse_unnamed(const NumericTable& table, const std::string& path) {
  const auto unnamed = std::find(table.names.begin(), table.names.end(), "");
  if (unnamed == table.names.end()) return;
  const std::int64_t number = unnamed - table.names.begin();
  throw DataError(path + ":" + std::to_string(table.first_line - 1) +
                      ": expected a name for column " + std::to_string(number + 1) +
                      ", found an empty column name, as pandas writes for its index",
                  "leave it out: data.columns: [" + other_numbers(number, table.cols) +
                      "], or list it there to use it");
}

}  // namespace

std::string NumericTable::place_of(std::int64_t row, const std::string& path) const {
  return first_line > 0 ? path + ":" + std::to_string(first_line + row)
                        : path + ": row " + std::to_string(row);
}

std::string NumericTable::column_name(std::int64_t column) const {
  const auto i = static_cast<std::size_t>(column);
  const std::int64_t number = i < numbers.size() ? numbers[i] : column;
  const std::string name = i < names.size() ? names[i] : "";
  return "column " + std::to_string(number + 1) + (name.empty() ? "" : " (" + name + ")");
}

TextOptions text_options(const ConfigNode& config) {
  TextOptions out;
  if (config.has("nan_markers")) out.nan_markers = config.texts("nan_markers");
  if (config.has("header")) out.header = header_line(config.text("header"));
  return out;
}

void refuse_non_finite(const NumericTable& table,
                       const std::string& path,
                       const std::string& help) {
  const auto is_bad = [](double value) { return !std::isfinite(value); };
  const auto first = std::find_if(table.values.begin(), table.values.end(), is_bad);
  if (first == table.values.end()) return;
  const auto bad = std::count_if(first, table.values.end(), is_bad);
  const std::int64_t at = first - table.values.begin(), row = at / table.cols;
  throw DataError(table.place_of(row, path) + ": expected finite values, found " +
                      std::to_string(bad) + " that are NaN or infinite (the first: " +
                      text_of_number(*first) + " in " + table.column_name(at % table.cols) + ")",
                  help);
}

NumericTable read_numeric_table(const std::string& bytes,
                                const std::string& path,
                                const TextOptions& options) {
  NumericTable out;
  if (detect_format(bytes, path) == "csv") {
    Table table = decode_csv(bytes, path, options);
    out = {table.rows, table.cols, std::move(table.values), std::move(table.columns)};
    out.first_line = table.first_line;
    out.note = std::move(table.note);
  } else {
    if (!options.nan_markers.empty())
      throw DataError("data.nan_markers: expected a text table, got " + path +
                          ", which marks missing numbers by NaN",
                      "remove the key");
    const Array array = decode_any(bytes, path);
    if (array.shape.empty() || array.shape.size() > 2) {
      throw DataError(
          path + ": expected a table of 1 or 2 dimensions, found " + shape_text(array.shape),
          "use type idx for images");
    }
    out = {array.shape[0], array.shape.size() == 2 ? array.shape[1] : 1, to_double(array), {}};
  }
  out.file_columns = out.cols;
  out.numbers = first_numbers(out.cols);
  return out;
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
    refuse_unnamed(table, path);
    return first_numbers(table.cols);
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
  if (columns == first_numbers(table.cols)) return;
  const auto chosen = [&columns](const auto& all) {
    std::decay_t<decltype(all)> out;
    for (const std::int64_t column : columns) out.push_back(all[static_cast<std::size_t>(column)]);
    return out;
  };
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(table.rows) * columns.size());
  for (std::int64_t row = 0; row < table.rows; ++row)
    for (const std::int64_t column : columns) values.push_back(table.at(row, column));
  table.values = std::move(values);
  if (!table.names.empty()) table.names = chosen(table.names);
  table.numbers = chosen(table.numbers);
  table.cols = static_cast<std::int64_t>(columns.size());
}

std::vector<double> column_of(const NumericTable& table, std::int64_t column) {
  std::vector<double> out;
  for (std::int64_t row = 0; row < table.rows; ++row) out.push_back(table.at(row, column));
  return out;
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

void describe_columns(const NumericTable& table, RawData& data) {
  if (!table.names.empty()) data.info["columns"] = table.names;
  data.info["column_numbers"] = table.numbers;
  data.info["file_columns"] = table.file_columns;
  if (!table.note.empty()) data.warnings.push_back(table.note);
}

Moments moments_of(const Array& train,
                   std::int64_t cols,
                   const std::function<void(std::int64_t column)>& refuse_constant) {
  const std::int64_t rows = train.count() / cols;
  Moments out;
  for (std::int64_t column = 0; column < cols; ++column) {
    double count = 0, sum = 0, squares = 0, largest = 0, power = 1;
    const auto each = [&](auto&& use) {
      for (std::int64_t row = 0; row < rows; ++row) {
        const double value = train.as<double>()[row * cols + column];
        if (std::isfinite(value)) use(value * power);
      }
    };
    each([&](double value) { largest = std::max(largest, std::abs(value)); });
    power = power_towards_one(largest);
    each([&](double value) { count += 1, sum += value; });
    const double mean = count > 0 ? sum / count : 0.0;
    each([&](double value) { squares += (value - mean) * (value - mean); });
    const double deviation = count > 0 ? std::sqrt(squares / count) : 0.0;
    if (is_constant(deviation, largest * power)) refuse_constant(column);
    out.mean.push_back(mean / power);
    out.deviation.push_back(deviation / power);
  }
  return out;
}

void standardize(RawData& data, std::int64_t cols, const std::string& path, std::int64_t kept) {
  const Array& train = data.splits.at("train").images;
  Moments moments = moments_of(train, cols, [&](std::int64_t column) {
    if (kept > 0 && column % kept == kept - 1) return;  // a response that is left as it is
    throw DataError(path + ": expected columns that vary to standardize, found column " +
                        std::to_string(column) + " constant over the " +
                        std::to_string(train.count() / cols) + " training rows",
                    "leave it out with data.columns, or set data.standardize: false");
  });
  for (std::int64_t column = kept - 1; kept > 0 && column < cols; column += kept) {
    moments.mean[static_cast<std::size_t>(column)] = 0;
    moments.deviation[static_cast<std::size_t>(column)] = 1;
  }
  standardize_by(data, moments.mean, moments.deviation);
}

}  // namespace elbow::data
