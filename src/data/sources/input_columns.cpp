// Which columns of a user's table are those of the training.
#include <algorithm>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "input_parts.h"

namespace elbow::data {
namespace {

constexpr std::size_t kMostNamed = 20;  ///< columns that a message lists

using Columns = std::vector<std::int64_t>;

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i)
    out += (out.empty() ? "'" : ", '") + names[i] + "'";
  return out + (names.size() > kMostNamed ? ", ..." : "");
}

/// Those of the first `count` columns of training that a header names, in the order of training.
Columns columns_by_name(const NumericTable& table,
                        const Reading& reading,
                        std::size_t required,
                        const std::string& file) {
  Columns out;
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < reading.names.size(); ++i) {
    const auto found = std::find(table.names.begin(), table.names.end(), reading.names[i]);
    if (found != table.names.end())
      out.push_back(found - table.names.begin());
    else if (i < required)
      missing.push_back(reading.names[i]);
  }
  if (missing.empty()) return out;
  throw DataError(file + ":" + std::to_string(table.first_line - 1) + ": expected the column" +
                      (missing.size() > 1 ? "s " : " ") + listed(missing) +
                      " as in training, found " + listed(table.names),
                  "name the columns as in the training file, in any order; without a header they "
                  "go by position");
}

/// The columns of the training file without its response, which is column `response` there.
Columns without_response(const Reading& reading, std::int64_t response) {
  Columns out(reading.numbers.begin(), reading.numbers.end() - 1);
  for (std::int64_t& number : out) number -= number > response;
  return out;
}

std::string counts_text(const Reading& reading, std::int64_t required) {
  const auto used = static_cast<std::int64_t>(reading.numbers.size());
  std::string out = std::to_string(reading.file_columns) + " columns as in the training file";
  if (reading.file_columns != used)
    out += ", or the " + std::to_string(used) + " that the run uses, in its order";
  return out + (required < used ? ", or one column less: the response" : "");
}

/// The layout of the training file, else just the columns that are used, in their order.
Columns columns_by_position(const NumericTable& table,
                            const Reading& reading,
                            std::int64_t required,
                            const std::string& file) {
  const auto used = static_cast<std::int64_t>(reading.numbers.size());
  const bool may_lack = required < used;
  if (table.cols == reading.file_columns) return reading.numbers;
  const bool lacks_response = may_lack && table.cols == reading.file_columns - 1;
  if (lacks_response && table.cols == used)
    throw DataError(file + ": " + std::to_string(used) +
                        " columns are those that the run uses, or all of the training file without "
                        "the response: expected names that tell",
                    "give the file a header, or all " + std::to_string(reading.file_columns) +
                        " columns of the training file");
  if (lacks_response) return without_response(reading, reading.numbers.back());
  if (table.cols == used || (may_lack && table.cols == required)) return first_numbers(table.cols);
  throw DataError(file + ": expected " + counts_text(reading, required) + ", found " +
                      std::to_string(table.cols),
                  "elbow data info " + file);
}

}  // namespace

std::vector<std::int64_t> input_columns(const NumericTable& table,
                                        const Reading& reading,
                                        std::int64_t required,
                                        const std::string& file) {
  const bool has_names = !reading.names.empty() && !table.names.empty();
  return has_names ? columns_by_name(table, reading, static_cast<std::size_t>(required), file)
                   : columns_by_position(table, reading, required, file);
}

Reading with_columns(Reading reading) {
  if (!reading.numbers.empty()) return reading;
  reading.numbers = first_numbers(reading.event_shape.back());
  reading.file_columns = reading.event_shape.back();
  return reading;
}

NumericTable read_input_table(const ConfigNode& config,
                              const Reading& reading,
                              std::int64_t required,
                              const std::string& bytes,
                              const std::string& file) {
  TextOptions options = text_options(config);
  const auto count = std::min(reading.names.size(), static_cast<std::size_t>(required));
  options.known_names.assign(reading.names.begin(),
                             reading.names.begin() + static_cast<std::ptrdiff_t>(count));
  // An array marks what is missing by NaN, whatever the training file was.
  if (detect_format(bytes, file) != "csv") options.nan_markers.clear();
  return read_numeric_table(bytes, file, options);
}

}  // namespace elbow::data
