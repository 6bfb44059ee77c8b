// Rows and time steps of a user's file.
#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/data/sources/covariates.h"
#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/labels.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "gaps.h"
#include "input_parts.h"
#include "malformed.h"
#include "sequence_cut.h"

namespace elbow::data {
namespace {

/// By the moments of the training rows, as the training took them.
RawData standardized(RawData data, const Reading& reading) {
  if (!reading.deviation.empty()) standardize_by(data, reading.mean, reading.deviation);
  return data;
}

/// Drops a response that no row gives. @throws DataError where some rows give it
void drop_absent_response(NumericTable& table, const std::string& file) {
  const std::int64_t response = table.cols - 1;
  std::int64_t absent = 0, first = -1;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    if (!std::isnan(table.at(row, response))) continue;
    if (first < 0) first = row;
    ++absent;
  }
  if (absent == 0) return;
  if (absent < table.rows)
    throw DataError(table.place_of(first, file) + ": expected the response in " +
                        table.column_name(response) + " as in other rows, found nan",
                    "give it in all rows, or leave the column out");
  keep_columns(table, first_numbers(response));
}

/// A last column of NaN: what is to be predicted.
void add_response(NumericTable& table) {
  std::vector<double> values;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    for (std::int64_t column = 0; column < table.cols; ++column)
      values.push_back(table.at(row, column));
    values.push_back(std::numeric_limits<double>::quiet_NaN());
  }
  table.values = std::move(values);
  table.numbers.push_back(table.cols++);
}

RawData described(RawData out, const NumericTable& table) {
  out.info["column_numbers"] = table.numbers;
  if (!table.note.empty()) out.warnings.push_back(table.note);
  return out;
}

/// Each row once for each of the data sets that the run fits side by side.
RowNumbers repeated(std::int64_t rows, std::int64_t groups) {
  RowNumbers out;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t g = 0; g < groups; ++g) out.push_back(row);
  return out;
}

/// The labels of a table that has them: by name, else in the layout of the training file.
void take_labels(NumericTable& table, const Reading& reading) {
  if (reading.classes.empty()) return;
  const auto named = std::find(table.names.begin(), table.names.end(), reading.label);
  const bool by_name = !table.names.empty() && !reading.label.empty();
  if (by_name && named != table.names.end())
    table.labels = column_of(table, named - table.names.begin());
  else if (!by_name && table.cols == reading.file_columns && reading.label_number >= 0)
    table.labels = column_of(table, reading.label_number);
}

/// The covariates of a table, standardised as in training: by name, else in the layout of the
/// training file. @throws DataError where they are not there, or one is no number
Array covariates_in(const NumericTable& table, const Reading& reading, const std::string& file) {
  const Covariates& wanted = reading.covariates;
  std::vector<std::int64_t> columns = wanted.numbers;
  if (!wanted.names.empty() && !table.names.empty()) {
    columns.clear();
    for (const std::string& name : wanted.names) {
      const auto found = std::find(table.names.begin(), table.names.end(), name);
      if (found == table.names.end())
        throw DataError(file + ":" + std::to_string(table.first_line - 1) +
                            ": expected the covariate '" + name + "', which the model is given",
                        "give the file all columns of the training file, in any order");
      columns.push_back(found - table.names.begin());
    }
  } else if (table.cols != reading.file_columns) {
    throw DataError(file + ": expected " + std::to_string(reading.file_columns) +
                        " columns as in the training file, covariates among them, found " +
                        std::to_string(table.cols),
                    "give the file a header, or all columns of the training file");
  }
  const NumericTable covariates =
      covariate_columns(table, columns, file, "a covariate is given in each row: fill it in");
  Array out = take_rows(covariates, first_numbers(covariates.rows));
  standardize_covariates_by(out, wanted);
  return out;
}

/// Only whole steps past the end of a sequence may be NaN, and not the first.
void check_padding(const Array& array, const std::string& file) {
  const std::int64_t steps = array.shape[1], width = array.shape[2];
  const double* value = array.as<double>();
  for (std::int64_t row = 0; row < array.shape[0] * steps; ++row) {
    const double* step = value + row * width;
    const bool may_end = row % steps > 0, has_ended = may_end && std::isnan(step[-width]);
    const auto is_padding = [](double v) { return std::isnan(v); };
    if (may_end && std::all_of(step, step + width, is_padding)) continue;
    const bool is_whole =
        std::all_of(step, step + width, [](double v) { return std::isfinite(v); });
    if (is_whole && !has_ended) continue;
    throw DataError(file + ": sequence " + std::to_string(row / steps) + ", step " +
                        std::to_string(row % steps) +
                        " (from 0): expected finite values, or NaN in whole steps past the end, "
                        "found " +
                        (is_whole ? "a step past the end" : "one that is missing or infinite"),
                    "fill in what is missing, or cut the sequence there");
  }
}

/// [N, T, D], where whole steps past the end of a sequence are NaN: NPY and IDX only.
RawData sequence_array(Array array,
                       const Reading& reading,
                       const std::string& bytes,
                       const std::string& file) {
  if (array.shape.back() != reading.event_shape.back())
    throw DataError(file + ": sequences of shape " + shape_text(array.shape) + ", expected " +
                        std::to_string(reading.event_shape.back()) +
                        " numbers a step as in training",
                    "elbow data info " + file);
  RawSplit split;
  split.file = file;
  const std::vector<double> values = to_double(array);
  split.images.element = Element::f64;
  split.images.shape = array.shape;
  split.images.bytes.assign(reinterpret_cast<const unsigned char*>(values.data()),
                            reinterpret_cast<const unsigned char*>(values.data() + values.size()));
  check_padding(split.images, file);
  RawData out = standardized(as_input(std::move(split), reading, bytes), reading);
  out.event_shape = {array.shape[1], array.shape[2]};
  return out;
}

}  // namespace

RawData table_input(const ConfigNode& config,
                    const Reading& kept,
                    const std::string& file,
                    bool may_lack_response) {
  const Reading reading = with_columns(kept);
  const std::string bytes = read_maybe_gzip(file);
  const auto used = static_cast<std::int64_t>(reading.numbers.size());
  const std::int64_t required = may_lack_response ? used - reading.num_responses : used;
  NumericTable table = read_input_table(config, reading, required, bytes, file);
  take_labels(table, reading);
  Array covariates;
  if (reading.covariates.size() > 0) covariates = covariates_in(table, reading, file);
  keep_columns(table, input_columns(table, reading, required, file));
  if (required < used && table.cols == used) drop_absent_response(table, file);
  if (reading.has_gaps)
    refuse_infinite(table, file);
  else
    refuse_non_finite(table, file, kNoGapsInTraining);
  if (table.cols < used) add_response(table);
  const std::int64_t groups = reading.event_shape.size() == 2 ? reading.event_shape[0] : 1;
  RawSplit split;
  split.file = file;
  split.first_line = table.first_line;
  split.rows = repeated(table.rows, groups);
  split.images = take_rows(table, split.rows);
  split.covariates = std::move(covariates);
  if (!table.labels.empty())
    split.labels = labels_of(
        table.labels, reading.classes, [&](std::int64_t row) { return table.place_of(row, file); });
  if (groups > 1) split.images.shape = {table.rows, groups, used};
  return standardized(described(as_input(std::move(split), reading, bytes), table), reading);
}

RawData sequence_input(const ConfigNode& config, const Reading& kept, const std::string& file) {
  const Reading reading = with_columns(kept);
  const std::string bytes = read_maybe_gzip(file);
  if (detect_format(bytes, file) != "csv") {
    Array array = decode_any(bytes, file);
    if (array.shape.size() == 3) return sequence_array(std::move(array), reading, bytes, file);
  }
  const auto used = static_cast<std::int64_t>(reading.numbers.size());
  NumericTable table = read_input_table(config, reading, used, bytes, file);
  CutRule rule = cut_rule(config);
  const bool has_names = !reading.names.empty() && !table.names.empty();
  if (has_names && !reading.sequence_column.empty()) rule.column = reading.sequence_column;
  if (!rule.column.empty() && !has_names && table.cols != reading.file_columns)
    throw DataError(file + ": expected " + std::to_string(reading.file_columns) +
                        " columns as in the training file, among them the sequence column, found " +
                        std::to_string(table.cols),
                    "give the file a header, or all columns of the training file");
  std::vector<std::string> warnings;
  const std::vector<std::int64_t> columns = input_columns(table, reading, used, file);
  const Sequences sequences = cut(table, columns, rule, file, warnings);
  const auto count = static_cast<std::int64_t>(sequences.size());
  const std::int64_t longest = std::max(longest_of(sequences), reading.event_shape.at(0));
  check_padded_size(count, longest, table.cols, file);
  RawSplit split = padded(table, sequences, first_numbers(count), longest, file);
  RawData out = standardized(described(as_input(std::move(split), reading, bytes), table), reading);
  out.event_shape = {longest, table.cols};
  out.warnings.insert(out.warnings.end(), warnings.begin(), warnings.end());
  return out;
}

}  // namespace elbow::data
