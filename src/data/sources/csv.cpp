#include <algorithm>
#include <cmath>
#include <limits>

#include "csv_header.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "line_reader.h"

namespace elbow::data {
namespace {

constexpr char kBlank = ' ';  // runs of blanks and tabs, leading and trailing ones ignored

struct Cell {
  std::string_view text;
  std::string unquoted;  ///< only for cells that hold "" inside quotes
  std::string_view value() const { return unquoted.empty() ? text : std::string_view(unquoted); }
};

std::string_view trim(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Reads one table line by line; holds what an error message needs.
class CsvReader {
 public:
  CsvReader(std::string_view bytes, const std::string& source, const TextOptions& options)
      : bytes_(bytes), source_(source), options_(options) {
    if (bytes_.substr(0, 3) == "\xEF\xBB\xBF") bytes_.remove_prefix(3);
  }

  Table read() {
    std::string_view line;
    while (next_line(line)) {
      if (trim(line).empty()) {
        if (blank_line_ == 0) blank_line_ = line_;
        continue;
      }
      if (blank_line_ != 0) {
        const std::size_t at = blank_line_;
        fail(at,
             "a row",
             "an empty line",
             "remove the line; blank lines are accepted at the end only");
      }
      if (delimiter_ == '\0') delimiter_ = find_delimiter(line);
      split(line);
      if (table_.cols == 0) {
        first_line_ = line_;
        table_.cols = static_cast<std::int64_t>(cells_.size());
        if (take_header()) continue;
      }
      append_row();
    }
    if (table_.rows == 0) {
      fail(std::max<std::size_t>(line_, 1),
           "at least one row of numbers",
           "none",
           "the file holds no data");
    }
    settle_header();
    return std::move(table_);
  }

 private:
  [[noreturn]] void fail(std::size_t line,
                         const std::string& expected,
                         const std::string& found,
                         const std::string& help) {
    throw DataError(
        source_ + ":" + std::to_string(line) + ": expected " + expected + ", found " + found, help);
  }

  bool next_line(std::string_view& line) {
    if (at_ >= bytes_.size()) return false;
    ++line_;
    const std::size_t end = std::min(bytes_.find('\n', at_), bytes_.size());
    line = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() > kMaxTextLine) {
      fail(line_,
           "a line of at most 16 MiB",
           std::to_string(line.size()) + " bytes",
           "is this a text table?");
    }
    const std::size_t nul = line.find('\0');
    if (nul != std::string_view::npos) {
      fail(line_,
           "text",
           "a NUL character in column " + std::to_string(nul + 1),
           "is this a text table?");
    }
    return true;
  }

  static char find_delimiter(std::string_view line) {
    bool in_quotes = false;
    std::size_t tabs = 0, semicolons = 0, commas = 0;
    for (const char c : line) {
      if (c == '"') in_quotes = !in_quotes;
      if (in_quotes) continue;
      tabs += c == '\t';
      semicolons += c == ';';
      commas += c == ',';
    }
    // A semicolon first: with one, a comma is a decimal comma, which the number check then
    // explains.
    if (semicolons > 0) return ';';
    if (commas > 0) return ',';
    return tabs > 0 ? '\t' : kBlank;
  }

  void split(std::string_view line) {
    cells_.clear();
    std::size_t at = 0;
    if (delimiter_ == kBlank) line = trim(line);
    while (true) {
      while (at < line.size() && is_padding(line[at])) ++at;
      const bool is_quoted = at < line.size() && line[at] == '"';
      const std::size_t end = is_quoted ? take_quoted(line, at) : take_plain(line, at);
      if (end >= line.size()) return;
      at = end + 1;
    }
  }

  bool is_padding(char c) const { return c == ' ' || (c == '\t' && delimiter_ != '\t'); }
  bool is_delimiter(char c) const {
    return delimiter_ == kBlank ? c == ' ' || c == '\t' : c == delimiter_;
  }

  std::size_t take_plain(std::string_view line, std::size_t at) {
    std::size_t end = at;
    while (end < line.size() && !is_delimiter(line[end])) ++end;
    cells_.push_back({trim(line.substr(at, end - at)), {}});
    return end;
  }

  /// RFC 4180: "" inside quotes is one quote. A quote must close on its line.
  std::size_t take_quoted(std::string_view line, std::size_t at) {
    std::string text;
    std::size_t end = at + 1;
    for (;; ++end) {
      if (end >= line.size()) {
        fail(line_,
             "a closing quote",
             "the end of the line",
             "close the quote that opens in column " + std::to_string(at + 1));
      }
      if (line[end] != '"') {
        text += line[end];
      } else if (end + 1 < line.size() && line[end + 1] == '"') {
        text += line[end++];
      } else {
        break;
      }
    }
    ++end;
    while (end < line.size() && is_padding(line[end]) && !is_delimiter(line[end])) ++end;
    if (end < line.size() && !is_delimiter(line[end])) {
      fail(line_,
           "a delimiter after the closing quote",
           quoted_for_message(line.substr(end, 1)),
           "write \"\" for a quote inside quotes");
    }
    cells_.push_back({{}, text});
    return end;
  }

  /// Takes the first line as names, unless it is a row or may be one.
  bool take_header() {
    std::vector<std::string> texts;
    for (const Cell& cell : cells_) texts.emplace_back(cell.value());
    first_ = judge_first_line(texts, options_);
    table_.first_line = static_cast<std::int64_t>(line_);
    if (first_ != FirstLine::header) return false;
    refuse_equal_names(texts, source_, line_);
    table_.columns = std::move(texts);
    ++table_.first_line;
    return true;
  }

  /// What the first line was, now that the others are known.
  void settle_header() {
    const bool can_tell = first_ == FirstLine::counts_columns && table_.rows > 1;
    if (!can_tell) return;
    const bool is_alone = num_whole_rows_ == 1;
    table_.note = note_of_first_line(source_, first_line_, table_.cols, is_alone);
    if (!is_alone || table_.cols == 1) return;
    for (std::int64_t i = 0; i < table_.cols; ++i) table_.columns.push_back(std::to_string(i));
    table_.values.erase(table_.values.begin(), table_.values.begin() + table_.cols);
    --table_.rows;
    ++table_.first_line;
  }

  void append_row() {
    if (static_cast<std::int64_t>(cells_.size()) != table_.cols) {
      fail(line_,
           std::to_string(table_.cols) + " columns as in line " + std::to_string(first_line_),
           std::to_string(cells_.size()),
           "every row needs the same number of columns");
    }
    bool is_whole = true;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const std::string_view text = cells_[i].value();
      double value = std::numeric_limits<double>::quiet_NaN();
      if (!is_nan_marker(text, options_) && !parse_number(text, value)) refuse_cell(i, text);
      table_.values.push_back(value);
      is_whole = is_whole && value == std::floor(value);
    }
    num_whole_rows_ += is_whole;
    ++table_.rows;
  }

  [[noreturn]] void refuse_cell(std::size_t column, std::string_view text) {
    std::string where = "column " + std::to_string(column + 1);
    if (!table_.columns.empty())
      where += table_.columns[column].empty() ? " (whose name is empty)"
                                              : " (" + table_.columns[column] + ")";
    const bool has_decimal_comma = text.find(',') != std::string_view::npos;
    fail(line_,
         "a number in " + where,
         text.empty() ? "an empty cell" : quoted_for_message(text),
         has_decimal_comma ? "a decimal comma? write a point"
                           : "only numeric tables are accepted; nan marks a missing value, and "
                             "data.nan_markers names other marks");
  }

  std::string_view bytes_;
  const std::string& source_;
  const TextOptions& options_;
  Table table_;
  std::vector<Cell> cells_;
  std::size_t at_ = 0, line_ = 0, first_line_ = 0, blank_line_ = 0;
  std::int64_t num_whole_rows_ = 0;
  FirstLine first_ = FirstLine::row;
  char delimiter_ = '\0';
};

}  // namespace

Table decode_csv(std::string_view bytes, const std::string& source, const TextOptions& options) {
  return CsvReader(bytes, source, options).read();
}

Table read_csv(const std::string& path) { return decode_csv(read_maybe_gzip(path), path); }

}  // namespace elbow::data
