#include "csv_header.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>

#include "elbow/foundations/core/error.h"
#include "line_reader.h"

namespace elbow::data {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool has_all(const std::vector<std::string>& cells, const std::vector<std::string>& names) {
  return std::all_of(
      names.begin(), names.end(), [&](const std::string& name) { return contains(cells, name); });
}

/// The cells from `begin` on are 0, 1, 2, ...
bool counts_from_zero(const std::vector<std::string>& cells, std::size_t begin) {
  for (std::size_t i = begin; i < cells.size(); ++i)
    if (cells[i] != std::to_string(i - begin)) return false;
  return true;
}

}  // namespace

HeaderLine header_line(const std::string& word) {
  if (word == "guess") return HeaderLine::guess;
  if (word == "first_line") return HeaderLine::first_line;
  if (word == "none") return HeaderLine::none;
  throw std::logic_error("unknown header '" + word + "'");
}

bool parse_number(std::string_view text, double& value) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && !text.empty();
}

bool is_nan_marker(std::string_view text, const TextOptions& options) {
  return std::find(options.nan_markers.begin(), options.nan_markers.end(), text) !=
         options.nan_markers.end();
}

FirstLine judge_first_line(const std::vector<std::string>& cells, const TextOptions& options) {
  if (options.header == HeaderLine::none) return FirstLine::row;
  if (options.header == HeaderLine::first_line) return FirstLine::header;
  if (!options.known_names.empty() && has_all(cells, options.known_names)) return FirstLine::header;
  double ignored = 0;
  const auto is_number = [&](const std::string& cell) { return parse_number(cell, ignored); };
  const auto is_name = [&](const std::string& cell) {
    return !cell.empty() && !is_number(cell) && !is_nan_marker(cell, options);
  };
  const bool has_number = std::any_of(cells.begin(), cells.end(), is_number);
  if (!has_number && std::any_of(cells.begin(), cells.end(), is_name)) return FirstLine::header;
  // The index of pandas has no name; a row would need a marker for the empty cell.
  const bool has_index = cells.size() > 1 && cells[0].empty() && !is_nan_marker("", options);
  if (has_index && counts_from_zero(cells, 1)) return FirstLine::header;
  return counts_from_zero(cells, 0) ? FirstLine::counts_columns : FirstLine::row;
}

void refuse_equal_names(const std::vector<std::string>& names,
                        const std::string& source,
                        std::size_t line) {
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto [before, is_new] = seen.emplace(names[i], i);
    if (is_new) continue;
    const std::string where =
        " (columns " + std::to_string(before->second + 1) + " and " + std::to_string(i + 1) + ")";
    throw DataError(
        source + ":" + std::to_string(line) + ": expected each column name once, found " +
            (names[i].empty() ? "an empty name" : quoted_for_message(names[i])) + " twice" + where,
        "rename one of the columns");
  }
}

std::string note_of_first_line(const std::string& source,
                               std::size_t line,
                               std::int64_t cols,
                               bool is_alone) {
  const std::string where = source + ":" + std::to_string(line) + ": ";
  const std::string cells = cols == 1   ? "0"
                            : cols == 2 ? "0, 1"
                                        : "0 to " + std::to_string(cols - 1);
  if (is_alone && cols > 1)
    return where + "the first line (" + cells +
           ") is read as the header, since no other line has whole numbers only; if it is a row, "
           "set data.header: none";
  // In whole numbers such a row is nothing special, unless it is long.
  if (!is_alone && cols < 3) return "";
  return where + "the first line (" + cells +
         ") is read as a row; if it names the columns, set data.header: first_line";
}

}  // namespace elbow::data
