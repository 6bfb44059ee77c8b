#include "elbow/data/sources/row_lists.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "elbow/foundations/core/error.h"

namespace elbow::data {
namespace {

constexpr std::string_view kBlanks = " \t\r";

/// Where a list stands, for messages.
struct Place {
  const std::string& source;
  std::size_t line;  ///< from 1

  [[noreturn]] void fail(const std::string& expected,
                         const std::string& found,
                         const std::string& help) const {
    throw DataError(
        source + ":" + std::to_string(line) + ": expected " + expected + ", found " + found, help);
  }
};

std::int64_t parse_row(std::string_view word, std::int64_t rows, const Place& place) {
  std::int64_t row = 0;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), row);
  const bool is_number = result.ec == std::errc() && result.ptr == word.data() + word.size();
  if (!is_number || row < 0 || row >= rows)
    place.fail("row numbers from 0 to " + std::to_string(rows - 1),
               "'" + std::string(word.substr(0, 32)) + "'",
               "rows count from 0, and a header is none; is this the list of another table?");
  return row;
}

std::vector<std::int64_t> parse_line(std::string_view text, std::int64_t rows, const Place& place) {
  std::vector<std::int64_t> out;
  std::vector<bool> is_listed(static_cast<std::size_t>(rows), false);
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    const std::int64_t row = parse_row(text.substr(at, end - at), rows, place);
    if (is_listed[static_cast<std::size_t>(row)])
      place.fail("each row once", "row " + std::to_string(row) + " twice", "remove one of them");
    is_listed[static_cast<std::size_t>(row)] = true;
    out.push_back(row);
    at = text.find_first_not_of(kBlanks, end);
  }
  if (out.empty()) place.fail("the rows of a split", "an empty line", "remove the line");
  if (static_cast<std::int64_t>(out.size()) == rows)
    place.fail("at least one row that is not in the split",
               "all " + std::to_string(rows),
               "leave at least one row to train on");
  return out;
}

/// Every line, checked.
std::vector<std::vector<std::int64_t>> parse_lines(std::string_view rest,
                                                   const std::string& source,
                                                   std::int64_t rows) {
  const std::size_t last = rest.find_last_not_of(" \t\r\n");
  rest = rest.substr(0, last == std::string_view::npos ? 0 : last + 1);
  std::vector<std::vector<std::int64_t>> out;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    out.push_back(parse_line(rest.substr(0, end), rows, Place{source, out.size() + 1}));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (out.empty()) Place{source, 1}.fail("lines of row numbers", "none", "the file lists no rows");
  return out;
}

}  // namespace

std::vector<std::int64_t> read_row_list(const std::string& bytes,
                                        const std::string& source,
                                        std::int64_t index,
                                        std::int64_t rows) {
  auto lines = parse_lines(bytes, source, rows);
  if (index >= static_cast<std::int64_t>(lines.size()))
    throw DataError("data.test_split: expected a number below " + std::to_string(lines.size()) +
                        ", the number of lines of " + source + ", got " + std::to_string(index),
                    "splits count from 0");
  return std::move(lines[static_cast<std::size_t>(index)]);
}

std::vector<std::vector<std::int64_t>> read_row_lists(const std::string& bytes,
                                                      const std::string& source,
                                                      std::int64_t rows) {
  auto lines = parse_lines(bytes, source, rows);
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].size() != lines[0].size())
      Place{source, i + 1}.fail(std::to_string(lines[0].size()) + " rows as in line 1",
                                std::to_string(lines[i].size()),
                                "splits that are fitted side by side need as many rows each");
  return lines;
}

}  // namespace elbow::data
